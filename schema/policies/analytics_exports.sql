-- requires: functions/active_user.sql
-- Seen by the account that requested them and by administrators. Requested through a function, written through functions
-- as the person who asked; workers find those that wait, and remove old ones.

revoke all on public.analytics_exports from public, anon, authenticated, service_role;
grant select on public.analytics_exports to authenticated;
grant select, insert, update, delete on public.analytics_exports to service_role;

drop policy if exists read on public.analytics_exports;
create policy read on public.analytics_exports for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.analytics_exports;
create policy workers on public.analytics_exports to service_role using (true) with check (true);
