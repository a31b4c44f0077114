-- requires: functions/active_user.sql
-- Seen by the owner and administrators, without the token's ciphertext: only workers read that. Connecting an account
-- goes through functions; the owner may rename it.

revoke all on public.social_accounts from public, anon, authenticated, service_role;
grant
    select (
        account_id, user_id, platform, account_handle, account_name, is_active, created_at, updated_at, metadata,
        external_account_id, account_kind, status, status_reason, scopes, token_expires_at, reconnect_by, time_zone
    ),
    update (account_name)
    on public.social_accounts to authenticated;
grant select, insert, update, delete on public.social_accounts to service_role;

drop policy if exists read on public.social_accounts;
create policy read on public.social_accounts for select to authenticated using (
    user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists change on public.social_accounts;
create policy change on public.social_accounts for update to authenticated using (
    user_id = (select ddp.active_owner_id()) or (select ddp.active_admin_id()) is not null
);  -- checked for the new row too
drop policy if exists workers on public.social_accounts;
create policy workers on public.social_accounts to service_role using (true) with check (true);
