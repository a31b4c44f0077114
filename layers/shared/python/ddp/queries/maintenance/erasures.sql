-- Erasures, for administrators. The functions refuse everybody else, and never show an address.

-- part: columns
(e.erasure ->> 'erasure_id')::uuid as erasure_id, e.erasure ->> 'kind' as kind, (e.erasure ->> 'user_id')::uuid as user_id,
    (e.erasure ->> 'is_dry_run')::boolean as is_dry_run, (e.erasure ->> 'requested_by')::uuid as requested_by_user_id,
    (e.erasure ->> 'requested_at')::timestamptz as requested_at, (e.erasure ->> 'ended_at')::timestamptz as ended_at,
    e.erasure -> 'counts' as counts

-- name: request
-- Asks for an erasure; repeated, it returns the open one.
select {columns}
from public.request_erasure(%(kind)s, %(user_id)s, %(address)s, %(address_hash)s, %(is_dry_run)s) e (erasure);

-- name: page
-- Erasures, the latest first, after the cursor (at, id).
select {columns} from public.list_erasures(%(at)s, %(id)s, %(limit)s) e (erasure);

-- name: get
-- One erasure.
select {columns} from public.get_erasure(%(erasure_id)s) e (erasure);
