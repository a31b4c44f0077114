-- requires: functions/active_user.sql
-- Closed for now as in closed_tables.sql, and for good in one respect: only workers read a token's ciphertext.

revoke all on public.social_accounts from public, anon, authenticated, service_role;
grant
    select (
        account_id, user_id, platform, account_handle, account_name, is_active, created_at, updated_at, metadata
    )
    on public.social_accounts to authenticated;
grant select, insert, update, delete on public.social_accounts to service_role;

drop policy if exists read on public.social_accounts;
create policy read on public.social_accounts for select to authenticated using (
    (select ddp.active_user_type()) = 'admin'
);
drop policy if exists workers on public.social_accounts;
create policy workers on public.social_accounts to service_role using (true) with check (true);
