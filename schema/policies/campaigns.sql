-- requires: functions/active_user.sql, functions/campaigns_of_caller.sql
-- Seen by the creator, by participants and by administrators. Status, budget and creator change only through functions.
-- functions/visible_campaign.sql has the same rule for functions.

revoke all on public.campaigns from public, anon, authenticated, service_role;
grant
    select,
    update (
        campaign_name, campaign_description, start_date, end_date, target_audience, campaign_settings, is_open,
        group_ids, approval
    )
    on public.campaigns to authenticated;
grant select, insert, update, delete on public.campaigns to service_role;

drop policy if exists read on public.campaigns;
create policy read on public.campaigns for select to authenticated using (
    case (select ddp.reader_id())
        when created_by_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
        else campaign_id = any ((select ddp.campaigns_of_caller())::uuid[])
    end
);
drop policy if exists change on public.campaigns;
create policy change on public.campaigns for update to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);  -- checked for the new row too
drop policy if exists workers on public.campaigns;
create policy workers on public.campaigns to service_role using (true) with check (true);
