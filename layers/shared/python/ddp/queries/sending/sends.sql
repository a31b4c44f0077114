-- name: claim
select * from ddp.claim_email_sends(%(bucket)s, %(limit)s, %(lease)s)

-- name: wait
select ddp.email_wait(%(bucket)s) as seconds

-- name: start_calls
select ddp.start_email_calls(%(calls)s, %(lease)s) as send_call_id

-- name: record
select ddp.record_email_results(
    %(calls)s, %(send_ids)s, %(attempts)s::smallint[], %(outcomes)s, %(message_ids)s, %(codes)s, %(reasons)s,
    %(retry_at)s::timestamptz[]
) as counts

-- name: throttled
select ddp.email_throttled(%(bucket)s)

-- name: quota_is_stale
select ddp.email_quota_is_stale(%(bucket)s, %(after)s) as is_stale

-- name: store_quota
select ddp.store_email_quota(%(bucket)s, %(per_second)s, %(daily_left)s)
