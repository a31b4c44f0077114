-- name: claim
-- Claims due recipients for this worker.
select
    send_call_id, send_plan_id, sender_user_id, email_send_id as send_id, attempt, recipient_email as address,
    recipient_name as name, recipient_hash as address_hash, template_data
from ddp.claim_email_sends(%(bucket)s, %(limit)s, %(lease)s);

-- name: start_calls
-- Records that calls start; returns those whose lease still holds.
select ddp.start_email_calls(%(calls)s, %(lease)s) as send_call_id;

-- name: record
-- Records results, and ends their calls.
select ddp.record_email_results(
    %(calls)s, %(send_ids)s, %(attempts)s::smallint[], %(outcomes)s, %(message_ids)s, %(codes)s, %(reasons)s,
    %(retry_at)s::timestamptz[]
);
