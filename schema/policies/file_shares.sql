-- requires: functions/active_user.sql
-- Seen by the user who shares and by the user it is shared with. The hash of a link's token is in ddp.share_tokens.

revoke all on public.file_shares from public, anon, authenticated, service_role;
grant select on public.file_shares to authenticated;
grant select, delete on public.file_shares to service_role;

drop policy if exists read on public.file_shares;
create policy read on public.file_shares for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id())
    or shared_with_user_id = (select ddp.active_user_id())
    or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.file_shares;
create policy workers on public.file_shares to service_role using (true) with check (true);
