-- requires: functions/active_user.sql
-- Seen by users who may send from them: the owner, everyone if it is shared, administrators. Written through functions.

revoke all on public.sender_identities from public, anon, authenticated, service_role;
grant select on public.sender_identities to authenticated;
grant select, insert, update, delete on public.sender_identities to service_role;

drop policy if exists read on public.sender_identities;
create policy read on public.sender_identities for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id())
    or is_shared and (select ddp.active_user_id()) is not null
    or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.sender_identities;
create policy workers on public.sender_identities to service_role using (true) with check (true);
