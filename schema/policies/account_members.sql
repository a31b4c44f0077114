-- requires: functions/active_user.sql
-- Seen by the account's members, the person itself and administrators. Written through functions.

revoke all on public.account_members from public, anon, authenticated, service_role;
grant select on public.account_members to authenticated;
grant select, insert, update, delete on public.account_members to service_role;

drop policy if exists read on public.account_members;
create policy read on public.account_members for select to authenticated using (
    account_id = (select ddp.active_user_id())
    or member_id = (select auth.uid())
    or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.account_members;
create policy workers on public.account_members to service_role using (true) with check (true);
