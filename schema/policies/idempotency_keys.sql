-- requires: functions/active_user.sql
-- Users, administrators included, see only their own: an answer may hold anything its user was told. Workers clean up.

revoke all on public.idempotency_keys from public, anon, authenticated, service_role;
grant
    select, insert (user_id, idempotency_key, route, request_hash), update (status, response)
    on public.idempotency_keys to authenticated;
grant select (user_id, idempotency_key, route, created_at), delete on public.idempotency_keys to service_role;

drop policy if exists read on public.idempotency_keys;
create policy read on public.idempotency_keys for select to authenticated using (
    user_id = (select ddp.active_user_id())
);
drop policy if exists add on public.idempotency_keys;
create policy add on public.idempotency_keys for insert to authenticated with check (
    user_id = (select ddp.active_user_id())
);
drop policy if exists change on public.idempotency_keys;
create policy change on public.idempotency_keys for update to authenticated using (
    user_id = (select ddp.active_user_id())
) with check (
    user_id = (select ddp.active_user_id())
);
drop policy if exists workers on public.idempotency_keys;
create policy workers on public.idempotency_keys to service_role using (true) with check (true);
