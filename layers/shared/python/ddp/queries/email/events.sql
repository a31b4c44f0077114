-- Events that the provider reported about messages. Each column is one parameter: an array, as text or in binary.

-- name: apply_events
-- Stores events, and applies what they prove to the ledger. The columns stand in the order of their types.
select ddp.apply_email_events(
    array(
        select event::ddp.email_event
        from rows from (
            unnest(
                %(event.event_id)s::uuid[], %(event.occurred_at)s::timestamptz[], %(event.send_id)s::uuid[],
                %(event.attempt)s::smallint[], %(event.kind)s::text[], %(event.is_machine)s::boolean[]
            ),
            json_array_elements(%(event.detail)s::json)
        ) event
    ),
    array(
        select evidence::ddp.email_evidence
        from unnest(
            %(evidence.send_id)s::uuid[], %(evidence.accepted)s::integer[], %(evidence.attempt)s::smallint[],
            %(evidence.message_id)s::text[], %(evidence.status)s::public.email_send_status[],
            %(evidence.sent_at)s::timestamptz[], %(evidence.delivered_at)s::timestamptz[],
            %(evidence.opened_at)s::timestamptz[], %(evidence.machine_opened_at)s::timestamptz[],
            %(evidence.clicked_at)s::timestamptz[], %(evidence.bounced_at)s::timestamptz[],
            %(evidence.bounce_reason)s::text[], %(evidence.hard_bounced_at)s::timestamptz[],
            %(evidence.soft_bounced_at)s::timestamptz[], %(evidence.complained_at)s::timestamptz[],
            %(evidence.failed_attempt)s::smallint[], %(evidence.failed_at)s::timestamptz[],
            %(evidence.failure_code)s::text[], %(evidence.failure_reason)s::text[]
        ) evidence
    )
) as counts;
