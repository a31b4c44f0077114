-- Rows belong to the caller: row level security and the column default supply user_id.

-- name: claim_key
insert into public.idempotency_keys (user_id, idempotency_key, route, request_hash)
values ((select auth.uid()), %(key)s, %(route)s, %(request_hash)s)
on conflict do nothing
returning idempotency_key;

-- name: store_answer
update public.idempotency_keys set status = %(status)s, response = %(response)s
where user_id = (select auth.uid()) and idempotency_key = %(key)s and route = %(route)s;

-- name: stored_answer
select request_hash, status, response from public.idempotency_keys
where user_id = (select auth.uid()) and idempotency_key = %(key)s and route = %(route)s;
