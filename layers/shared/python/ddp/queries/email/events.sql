-- What the provider reported about messages. Arrays go as text that PostgreSQL reads: one parameter a column.

-- name: apply_events
select ddp.apply_email_events(
    %(event_ids)s::uuid[], %(occurred_at)s::timestamptz[], %(event_sends)s::uuid[], %(event_attempts)s::smallint[],
    %(event_types)s::text[], %(is_machine)s::boolean[], %(details)s::json[],
    %(sends)s::uuid[], %(accepted)s::integer[], %(attempts)s::smallint[], %(message_ids)s::text[],
    %(statuses)s::public.email_send_status[], %(sent_at)s::timestamptz[], %(delivered_at)s::timestamptz[],
    %(opened_at)s::timestamptz[], %(machine_opened_at)s::timestamptz[], %(clicked_at)s::timestamptz[],
    %(bounced_at)s::timestamptz[], %(bounce_reasons)s::text[], %(hard_bounced_at)s::timestamptz[],
    %(soft_bounced_at)s::timestamptz[], %(complained_at)s::timestamptz[],
    %(failed_attempts)s::smallint[], %(failed_at)s::timestamptz[], %(failure_codes)s::text[],
    %(failure_reasons)s::text[]
) as counts;

-- name: apply_test_events
select ddp.apply_test_email_events(
    %(tests)s::uuid[], %(statuses)s::public.email_send_status[], %(message_ids)s::text[], %(reasons)s::text[]
) as changed;
