create or replace function ddp.set_plan_channel() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.channel := case when new.email_campaign_id is not null then 'email' else 'sms' end;
    return new;
end
$$;
comment on function ddp.set_plan_channel() is 'Trigger on send_plans: the channel follows from which campaign is named.';
revoke all on function ddp.set_plan_channel() from public, anon, authenticated, service_role;
