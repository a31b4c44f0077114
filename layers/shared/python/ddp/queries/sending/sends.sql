-- name: claim
-- Claims due recipients for this worker.
select
    send_call_id, send_plan_id, sender_user_id, email_send_id as send_id, attempt, recipient_email as address,
    recipient_name as name, recipient_hash as address_hash, bucket, hold, details::text,
    template_data::text
from ddp.claim_email_sends(%(limit)s, %(lease)s, %(worker)s, %(is_idle)s);

-- name: start_calls
-- Commits that calls begin, after a last look at suppressions, pauses and quiet hours.
select send_call_id, email_send_ids as send_ids from ddp.start_email_sends(%(calls)s, %(lease)s);

-- name: renew
-- The worker still has these calls: those that it will make, and those whose results are not recorded yet.
update ddp.send_calls set leased_until = clock_timestamp() + %(lease)s
where send_call_id = any (%(calls)s) and ended_at is null;

-- name: record
-- Records results, and ends their calls.
select ddp.record_email_results(
    %(calls)s, %(send_ids)s, %(attempts)s::smallint[], %(outcomes)s, %(message_ids)s, %(codes)s, %(reasons)s,
    %(retry_at)s::timestamptz[]
);
