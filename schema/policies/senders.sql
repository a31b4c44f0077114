-- requires: functions/active_user.sql
-- Seen by the sender and by administrators: limits and what is left of them, whether sending is paused, and why. Written
-- by workers, and through functions that set limits and resume.

revoke all on public.senders from public, anon, authenticated, service_role;
grant select on public.senders to authenticated;
grant select, insert, update, delete on public.senders to service_role;

drop policy if exists read on public.senders;
create policy read on public.senders for select to authenticated using (
    user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.senders;
create policy workers on public.senders to service_role using (true) with check (true);
