-- requires: functions/active_user.sql
-- Seen by the account that they are for, and by administrators. Written by workers and by functions; a function marks
-- them as read.

revoke all on public.notices from public, anon, authenticated, service_role;
grant select on public.notices to authenticated;
grant select, insert, update, delete on public.notices to service_role;

drop policy if exists read on public.notices;
create policy read on public.notices for select to authenticated using (
    user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.notices;
create policy workers on public.notices to service_role using (true) with check (true);
