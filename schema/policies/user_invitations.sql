-- requires: functions/active_user.sql
-- Seen by administrators alone: it is made of e-mail addresses. Written through functions.

revoke all on public.user_invitations from public, anon, authenticated, service_role;
grant select on public.user_invitations to authenticated;
grant select, insert, update, delete on public.user_invitations to service_role;

drop policy if exists read on public.user_invitations;
create policy read on public.user_invitations for select to authenticated using (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.user_invitations;
create policy workers on public.user_invitations to service_role using (true) with check (true);
