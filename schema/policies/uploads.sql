-- requires: functions/active_user.sql
-- Seen by the user who uploads, and by administrators. Written through functions and by workers.

revoke all on public.uploads from public, anon, authenticated, service_role;
grant select on public.uploads to authenticated;
grant select, insert, update, delete on public.uploads to service_role;

drop policy if exists read on public.uploads;
create policy read on public.uploads for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.uploads;
create policy workers on public.uploads to service_role using (true) with check (true);
