-- Files of figures. Their worker logs in as the HTTP functions do; functions in `ddp` keep what it notes.

-- part: columns
analytics_export_id, list, format, state, row_count, failure_reason, created_at, ended_at

-- name: request
-- Requests a file of figures.
select {columns}, created_by_user_id, requested_by_user_id
from public.request_analytics_export(%(list)s, %(format)s, %(request)s);

-- name: page
-- The acting account's exports, the newest first.
select {columns} from public.analytics_exports
where created_by_user_id = (select ddp.active_user_id())
    and (%(at)s::timestamptz is null or (created_at, analytics_export_id) < (%(at)s, %(id)s))
order by created_at desc, analytics_export_id desc
limit %(limit)s;

-- name: get
-- One export, if it is the acting account's or the caller is an administrator.
select {columns} from public.analytics_exports where analytics_export_id = %(id)s;

-- name: begin
-- Counts an attempt; null if the export is settled or another worker has it.
select ddp.begin_analytics_export(%(id)s) as attempt;

-- name: limit_silence
-- If the worker's machine is gone without a word, its transaction, and the lock with it, ends after this silence.
select set_config('idle_in_transaction_session_timeout', %(silence)s, true);

-- name: take
-- The export, locked until the transaction ends.
select list, format, request from ddp.take_analytics_export(%(id)s);

-- name: require_membership
-- Refuses a person who is no longer a member of the account.
select ddp.require_chosen_account();

-- name: put_off
-- A message about the export comes after the delay.
select ddp.put_off_analytics_export(%(id)s, %(delay)s);

-- name: settle
-- Marks the export as ready with its number of rows, or as failed with the reason.
select ddp.settle_analytics_export(%(id)s, %(row_count)s, %(reason)s);

-- name: unbegun_seconds
-- For how many seconds the oldest export has waited that no worker has begun.
select coalesce(max(extract(epoch from clock_timestamp() - created_at)), 0)::double precision as seconds
from public.analytics_exports where state = 'pending' and attempts = 0;

-- name: waiting
-- Exports that nobody is at work on, noted as queued.
select analytics_export_id, created_by_user_id as account_id, requested_by_user_id as person_id
from ddp.waiting_analytics_exports();
