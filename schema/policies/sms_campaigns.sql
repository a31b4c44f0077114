-- requires: functions/active_user.sql, policies/campaigns.sql
-- Seen by the creator, by the creator of the campaign it belongs to, and by administrators. Made for a campaign that
-- the creator sees, and never moved to another. triggers/messages.sql: from a template that the creator sees, and
-- frozen when sending was requested.

revoke all on public.sms_campaigns from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (
        campaign_id, sms_content, sender_number, message_type, dlt_template_id, metadata, template_id, slots,
        created_by_user_id
    ),
    update (sms_content, sender_number, message_type, dlt_template_id, metadata, template_id, slots)
    on public.sms_campaigns to authenticated;
grant select, insert, update, delete on public.sms_campaigns to service_role;

drop policy if exists read on public.sms_campaigns;
create policy read on public.sms_campaigns for select to authenticated using (
    case (select ddp.reader_id())
        when created_by_user_id then true
        when campaign_owner_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists add on public.sms_campaigns;
create policy add on public.sms_campaigns for insert to authenticated with check (
    created_by_user_id = (select ddp.active_editor_id())
    and exists (select from public.campaigns c where c.campaign_id = sms_campaigns.campaign_id)
);
drop policy if exists change on public.sms_campaigns;
create policy change on public.sms_campaigns for update to authenticated using (
    created_by_user_id = (select ddp.active_editor_id())
);  -- checked for the new row too
drop policy if exists remove on public.sms_campaigns;
create policy remove on public.sms_campaigns for delete to authenticated using (
    created_by_user_id = (select ddp.active_editor_id())
);
drop policy if exists workers on public.sms_campaigns;
create policy workers on public.sms_campaigns to service_role using (true) with check (true);
