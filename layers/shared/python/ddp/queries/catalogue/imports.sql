-- Imports of products: requested by clients, carried out by workers batch by batch.

-- part: summary
product_import_id, file_id, state, failure_code, failure_reason, records_read, created_count, changed_count,
    unchanged_count, rejected_count, created_at, ended_at

-- name: request
-- Requests an import. The function checks the caller and the file.
select * from public.request_product_import(%(file_id)s);

-- name: list_own
-- The acting account's imports, the newest first, after the cursor (at, id); limit is one row more than a page.
select {summary} from public.product_imports
where created_by_user_id = (select ddp.active_user_id())
    and (%(status)s::text is null or state = %(status)s)
    and (%(at)s::timestamptz is null or (created_at, product_import_id) < (%(at)s, %(id)s))
order by created_at desc, product_import_id desc
limit %(limit)s;

-- name: get_import
-- One import, if the caller may see it.
select {summary}, ignored_columns from public.product_imports where product_import_id = %(product_import_id)s;

-- name: list_rejections
-- Lines that an import rejected, in the order of the file, after the line `after`.
select line, code, reason, value from public.product_import_rejections
where product_import_id = %(product_import_id)s and (%(after)s::bigint is null or line > %(after)s)
order by line
limit %(limit)s;

-- name: take
-- Takes an import for one worker, unless it is over or another worker has it.
update public.product_imports i
set leased_until = now() + %(lease)s, queued_at = null, attempts = i.attempts + 1
from public.users u
where i.product_import_id = %(product_import_id)s and i.state = 'pending'
    and (i.leased_until is null or i.leased_until <= now())
    and u.user_id = i.created_by_user_id
returning i.product_import_id, i.file_id, i.created_by_user_id, i.records_read, i.attempts, u.is_active as account_is_active;

-- name: lock_import
-- Makes sure that the batch that begins after this many records is still to be done, and by nobody else meanwhile.
select i.product_import_id from public.product_imports i
where i.product_import_id = %(product_import_id)s and i.state = 'pending' and i.records_read = %(read_before)s
for no key update;

-- name: act_as_requester
-- The audit trail names the person who asked for the import. It changes no right: policies admit workers as such.
select set_config('request.jwt.claims', jsonb_build_object('sub', i.requested_by_user_id)::text, true)
from public.product_imports i
where i.product_import_id = %(product_import_id)s and i.requested_by_user_id is not null;

-- name: apply_batch
-- Stores a batch of products, rejects the lines of those that cannot be, and moves on with counts, position and lease.
with outcomes as materialized (
    select u.place, u.outcome from ddp.upsert_products(%(account_id)s, %(products)s) u
), lines as (
    insert into public.product_import_rejections (product_import_id, line, created_by_user_id, code, reason, value)
    select %(product_import_id)s, r.line, %(account_id)s, r.code, r.reason, r.value
    from jsonb_to_recordset(%(rejections)s) r (line bigint, code text, reason text, value text)
    union all
    select %(product_import_id)s, l.line::bigint, %(account_id)s, 'no-title', 'A new product needs a title.',
        left(%(products)s::jsonb -> (o.place - 1) ->> 'external_product_id', 200)
    from outcomes o
    cross join lateral jsonb_array_elements_text(%(products)s::jsonb -> (o.place - 1) -> 'lines') l (line)
    where o.outcome = 'rejected'
    returning line
)
update public.product_imports i
set records_read = %(read)s, leased_until = now() + %(lease)s, attempts = 0,
    created_count = i.created_count + (select count(*) from outcomes o where o.outcome = 'created'),
    changed_count = i.changed_count + (select count(*) from outcomes o where o.outcome = 'changed'),
    unchanged_count = i.unchanged_count + (select count(*) from outcomes o where o.outcome = 'unchanged'),
    rejected_count = i.rejected_count + (select count(*) from lines)
where i.product_import_id = %(product_import_id)s;

-- name: note_columns
-- Notes the headings that are not imported.
update public.product_imports set ignored_columns = %(columns)s
where product_import_id = %(product_import_id)s and state = 'pending' and ignored_columns <> %(columns)s;

-- name: finish
-- The whole file was read.
update public.product_imports set state = 'done', ended_at = now(), leased_until = null
where product_import_id = %(product_import_id)s and state = 'pending' and records_read = %(read)s;

-- name: fail
-- The import cannot go on. What was stored stays.
update public.product_imports
set state = 'failed', failure_code = %(code)s, failure_reason = %(reason)s, ended_at = now(), leased_until = null
where product_import_id = %(product_import_id)s and state = 'pending';

-- name: release
-- Lets another worker go on at once. Two at a time do no harm: only one of them stores each batch.
update public.product_imports set leased_until = null
where product_import_id = %(product_import_id)s and state = 'pending';

-- name: waiting
-- Imports that no worker has, and of which the queue has no message, or may have lost it.
select product_import_id from public.product_imports
where state = 'pending' and (leased_until is null or leased_until <= now())
    and not ddp.hint_is_believed(queued_at)
order by created_at
limit %(limit)s;

-- name: mark_queued
-- Records that the queue has messages about these imports.
update public.product_imports set queued_at = now()
where product_import_id = any (%(ids)s) and state = 'pending';
