-- Row level security requires that rows belong to the caller.

-- name: claim_key
-- Reserves a key; returns no row if the key is taken or the caller's account is not active.
insert into public.idempotency_keys (user_id, idempotency_key, route, request_hash)
select user_id, %(key)s, %(route)s, %(request_hash)s from public.users
where user_id = (select auth.uid()) and is_active
on conflict do nothing
returning idempotency_key;

-- name: store_answer
-- Keeps the answer for repeated requests, in the transaction that did the work.
update public.idempotency_keys set status = %(status)s, response = %(response)s
where user_id = (select auth.uid()) and idempotency_key = %(key)s and route = %(route)s;

-- name: stored_answer
-- The answer to repeat, with the hash of the body that it belongs to.
select request_hash, status, response from public.idempotency_keys
where user_id = (select auth.uid()) and idempotency_key = %(key)s and route = %(route)s;
