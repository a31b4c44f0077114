-- For the policies on statistics: a message's campaign keeps its creator, and a message its campaign.

create or replace function ddp.set_campaign_owner_of_statistics() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    if tg_table_name = 'email_campaign_stats' then
        select e.campaign_owner_id into new.campaign_owner_id
        from public.email_campaigns e where e.email_campaign_id = new.email_campaign_id;
    elsif tg_table_name = 'sms_campaign_stats' then
        select m.campaign_owner_id into new.campaign_owner_id
        from public.sms_campaigns m where m.sms_campaign_id = new.sms_campaign_id;
    else
        select p.campaign_owner_id into new.campaign_owner_id
        from public.social_posts p where p.post_id = new.post_id;
    end if;
    return new;
end
$$;
comment on function ddp.set_campaign_owner_of_statistics() is
    'Trigger on statistics of messages: campaign_owner_id is that of the message.';
revoke all on function ddp.set_campaign_owner_of_statistics() from public, anon, authenticated, service_role;
