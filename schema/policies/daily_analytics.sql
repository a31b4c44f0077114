-- requires: functions/active_user.sql
-- Seen by the owner of the entity; totals of the platform have no owner and are for administrators. Written by refreshes
-- and workers. `case`: policies/files.sql; here it saves that search on each partition.

revoke all on public.daily_analytics from public, anon, authenticated, service_role;
grant select on public.daily_analytics to authenticated;
grant select, insert, update, delete on public.daily_analytics to service_role;

drop policy if exists read on public.daily_analytics;
create policy read on public.daily_analytics for select to authenticated using (
    case (select ddp.reader_id())
        when owner_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.daily_analytics;
create policy workers on public.daily_analytics to service_role using (true) with check (true);
