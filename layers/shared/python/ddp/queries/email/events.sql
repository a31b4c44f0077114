-- Events that the provider reported about messages. Each column is one parameter: an array, as text or in binary.

-- name: apply_events
-- Stores events, and applies what they prove to the ledger.
select ddp.apply_email_events(
    %(event.event_id)s::uuid[], %(event.occurred_at)s::timestamptz[], %(event.send_id)s::uuid[],
    %(event.attempt)s::smallint[], %(event.kind)s::text[], %(event.is_machine)s::boolean[],
    array(select json_array_elements(%(event.detail)s::json)),
    %(message.send_id)s::uuid[], %(message.accepted)s::integer[], %(message.attempt)s::smallint[],
    %(message.message_id)s::text[], %(message.status)s::public.email_send_status[],
    %(message.sent_at)s::timestamptz[], %(message.delivered_at)s::timestamptz[],
    %(message.opened_at)s::timestamptz[], %(message.machine_opened_at)s::timestamptz[],
    %(message.clicked_at)s::timestamptz[], %(message.bounced_at)s::timestamptz[], %(message.bounce_reason)s::text[],
    %(message.hard_bounced_at)s::timestamptz[], %(message.soft_bounced_at)s::timestamptz[],
    %(message.complained_at)s::timestamptz[], %(message.failed_attempt)s::smallint[],
    %(message.failed_at)s::timestamptz[], %(message.failure_code)s::text[], %(message.failure_reason)s::text[]
) as counts;

-- name: apply_test_events
-- Sets the results of test sends.
select ddp.apply_test_email_events(
    %(test.send_id)s::uuid[], %(test.status)s::public.email_send_status[], %(test.message_id)s::text[],
    %(test.reason)s::text[]
) as changed;
