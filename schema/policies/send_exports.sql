-- requires: functions/active_user.sql
-- Seen by the user who requested them and by administrators. Requested through a function, made by workers.

revoke all on public.send_exports from public, anon, authenticated, service_role;
grant select on public.send_exports to authenticated;
grant select, insert, update, delete on public.send_exports to service_role;

drop policy if exists read on public.send_exports;
create policy read on public.send_exports for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.send_exports;
create policy workers on public.send_exports to service_role using (true) with check (true);
