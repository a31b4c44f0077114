-- twin: sms (apply_test_sms_events)
-- requires: functions/email_status.sql, functions/sms_status.sql
-- What the provider reports about test sends, which are outside of the ledger.

create or replace function ddp.apply_test_email_events(
    p_tests uuid[], p_statuses public.email_send_status[], p_message_ids text[], p_reasons text[]
) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with locked as materialized (
        select test_send.email_test_send_id
        from public.email_test_sends test_send
        where test_send.email_test_send_id = any (p_tests)
        order by test_send.email_test_send_id
        for no key update
    ), settled as (
        update public.email_test_sends test_send
        set status = result.status,
            provider_message_id = coalesce(test_send.provider_message_id, result.message_id),
            failure_reason = result.reason,
            ended_at = coalesce(test_send.ended_at, clock_timestamp())
        from unnest(p_tests, p_statuses, p_message_ids, p_reasons)
            result (email_test_send_id, status, message_id, reason)
        join locked on locked.email_test_send_id = result.email_test_send_id
        where test_send.email_test_send_id = result.email_test_send_id
            and ddp.email_status_rank(result.status) > ddp.email_status_rank(test_send.status)
        returning 1
    )
    select count(*) from settled
$$;
comment on function ddp.apply_test_email_events(uuid[], public.email_send_status[], text[], text[]) is
    'Applies events to test sends, one entry per test: `sent`, or `failed` with the reason. Returns how many it changed.';
revoke all on function ddp.apply_test_email_events(uuid[], public.email_send_status[], text[], text[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.apply_test_email_events(uuid[], public.email_send_status[], text[], text[]) to service_role;
