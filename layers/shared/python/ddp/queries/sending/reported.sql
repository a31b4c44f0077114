-- name: apply_test_events
-- Sets the results of test sends.
select ddp.apply_test_email_events(
    %(test.send_id)s::uuid[], %(test.status)s::public.email_send_status[], %(test.message_id)s::text[],
    %(test.reason)s::text[]
) as changed;
