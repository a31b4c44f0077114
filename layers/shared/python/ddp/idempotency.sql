-- Row level security requires that rows belong to the acting account.

-- name: claim_key
-- Reserves a key; returns no row if the key is taken or the caller acts for no active account.
insert into public.idempotency_keys (user_id, idempotency_key, route, request_hash)
select account.id, %(key)s, %(route)s, %(request_hash)s from (select ddp.active_user_id()) account (id)
where account.id is not null
on conflict do nothing
returning idempotency_key;

-- name: store_answer
-- Keeps the answer for repeated requests, in the transaction that did the work.
update public.idempotency_keys set status = %(status)s, response = %(response)s
where user_id = (select ddp.active_user_id()) and idempotency_key = %(key)s and route = %(route)s;

-- name: stored_answer
-- The answer to repeat, with the hash of the body that it belongs to.
select request_hash, status, response from public.idempotency_keys
where user_id = (select ddp.active_user_id()) and idempotency_key = %(key)s and route = %(route)s;
