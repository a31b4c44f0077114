-- Rows belong to the caller, as row level security demands.

-- name: claim_key
-- No row comes back where the key is taken, and where the caller's account is not active.
insert into public.idempotency_keys (user_id, idempotency_key, route, request_hash)
select user_id, %(key)s, %(route)s, %(request_hash)s from public.users
where user_id = (select auth.uid()) and is_active
on conflict do nothing
returning idempotency_key;

-- name: store_answer
update public.idempotency_keys set status = %(status)s, response = %(response)s
where user_id = (select auth.uid()) and idempotency_key = %(key)s and route = %(route)s;

-- name: stored_answer
select request_hash, status, response from public.idempotency_keys
where user_id = (select auth.uid()) and idempotency_key = %(key)s and route = %(route)s;
