-- requires: functions/active_user.sql, functions/campaigns_of_caller.sql
-- Seen by the campaign's creator, by administrators, and while available by participants. Written through functions.

revoke all on public.campaign_items from public, anon, authenticated, service_role;
grant select on public.campaign_items to authenticated;
grant select, insert, update, delete on public.campaign_items to service_role;

drop policy if exists read on public.campaign_items;
create policy read on public.campaign_items for select to authenticated using (
    case (select ddp.reader_id())
        when campaign_owner_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
        else campaign_id = any ((select ddp.campaigns_of_caller())::uuid[])
            and coalesce(available_from, '-infinity') <= now() and coalesce(available_until, 'infinity') > now()
    end
);
drop policy if exists workers on public.campaign_items;
create policy workers on public.campaign_items to service_role using (true) with check (true);
