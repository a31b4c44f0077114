-- twin: sms (waiting_sms_tests, mark_sms_tests_queued, end_lost_sms_tests)
-- requires: policies/email_test_sends.sql, functions/waiting_work.sql
-- Test sends have no ledger: each is one message, and what a worker did not finish is not repeated.

create or replace function ddp.waiting_email_tests() returns uuid[]
    language sql stable
    set search_path = ''
as $$
    select coalesce(array_agg(w.email_test_send_id), '{}')
    from (
        select t.email_test_send_id
        from public.email_test_sends t
        where t.ended_at is null and t.started_at is null and not ddp.hint_is_believed(coalesce(t.queued_at, t.created_at))
        order by coalesce(t.queued_at, t.created_at), t.email_test_send_id
        limit 100
    ) w
$$;
comment on function ddp.waiting_email_tests() is 'Test sends that no worker has begun, at most 100. Then call ddp.mark_email_tests_queued().';

create or replace function ddp.mark_email_tests_queued(p_tests uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.email_test_sends t set queued_at = now() where t.email_test_send_id = any (p_tests);
$$;
comment on function ddp.mark_email_tests_queued(uuid[]) is 'Records that the queue has taken messages about these test sends.';

create or replace function ddp.end_lost_email_tests() returns bigint
    language sql volatile
    set search_path = ''
as $$
    with ended as (
        -- It may have been sent.
        update public.email_test_sends t
        set status = 'unknown', ended_at = now(), failure_reason = 'The worker ended before it knew the result.'
        where t.ended_at is null and t.started_at is not null
            -- Begun by the release before: it holds no leases.
            and coalesce(t.leased_until, t.started_at + interval '15 minutes') < clock_timestamp()
        returning 1
    )
    select count(*) from ended
$$;
comment on function ddp.end_lost_email_tests() is 'Marks test sends as unknown that a worker did not finish; returns how many.';
revoke all on function ddp.waiting_email_tests(), ddp.mark_email_tests_queued(uuid[]), ddp.end_lost_email_tests()
    from public, anon, authenticated, service_role;
grant execute on function ddp.waiting_email_tests(), ddp.mark_email_tests_queued(uuid[]), ddp.end_lost_email_tests()
    to service_role;
