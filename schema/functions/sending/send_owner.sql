create or replace function ddp.set_send_owner() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    if tg_table_name = 'email_sends' then
        select c.created_by_user_id into new.created_by_user_id
        from public.email_campaigns c where c.email_campaign_id = new.email_campaign_id;
    else
        select c.created_by_user_id into new.created_by_user_id
        from public.sms_campaigns c where c.sms_campaign_id = new.sms_campaign_id;
    end if;
    return new;
end
$$;
comment on function ddp.set_send_owner() is
    'Trigger on email_sends and sms_sends: sets created_by_user_id where it is missing. The foreign key refuses a wrong one.';
revoke all on function ddp.set_send_owner() from public, anon, authenticated, service_role;
