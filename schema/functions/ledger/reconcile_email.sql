-- twin: sms (retry_silent_sms, reconcile_sms, sms_gauges)
-- requires: functions/expire_email_calls.sql, functions/complete_email_plans.sql, functions/control_email_campaign.sql
-- requires: functions/next_chunk.sql, functions/due_chunks.sql, functions/standstill.sql, functions/rate_buckets.sql
-- Runs every minute, so that nothing waits for a lost queue message and plans complete by themselves. Ending leases, retrying,
-- telling the buckets and this function's work are transactions of their own: each locks in the order in which workers lock
-- (plans, calls, recipients, senders of buckets, chunks), which one transaction that does it all could not.

create or replace function ddp.retry_silent_email() returns bigint
    language sql volatile
    set search_path = ''
as $$
    with silent as materialized (
        select s.email_send_id, p.send_plan_id
        from public.email_sends s
        join public.send_plans p on p.email_campaign_id = s.email_campaign_id
        where s.status = 'unknown' and p.unknown_policy = 'retry' and p.cancelled_at is null and p.failed_at is null
            and s.unknown_at < now() - p.unknown_retry_after and s.attempt < 30 and s.erased_at is null
            and p.records_removed_at is null
        order by s.email_send_id
        limit 10000
        for no key update of s skip locked
    ), retried as (
        update public.email_sends s
        set status = 'pending', attempt = s.attempt + 1, send_call_id = null, unknown_at = null
        from silent x
        where s.email_send_id = x.email_send_id
        returning x.send_plan_id, s.chunk_no, s.not_before
    ), opened as (
        select ddp.open_chunks(array_agg(r.send_plan_id), array_agg(r.chunk_no), array_agg(r.not_before))
        from retried r
        having count(*) > 0
    )
    -- `opened` has one row or none: named here, or it would not run.
    select count(*) from retried left join opened on true
$$;
comment on function ddp.retry_silent_email() is
    'Opens another attempt for unknown messages of plans whose policy is `retry`, after their silence. Can duplicate.';

create or replace function ddp.reconcile_email() returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_open uuid[];
begin
    -- Pending rows that a cancellation or failure left over, or that a call or an ended lease returned to such a plan.
    perform ddp.cancel_pending_email_sends(p.send_plan_id, 20000)
    from (
        select o.send_plan_id
        from public.send_plans o
        where (o.cancelled_at is not null or o.failed_at is not null and o.started_at is not null)
            and o.completed_at is null and o.channel = 'email'
        order by o.send_plan_id
    ) p;
    -- Locked ones are looked at again in a minute: whoever holds them may wait for what this transaction holds.
    v_open := array(
        select p.send_plan_id
        from public.send_plans p
        where p.completed_at is null and p.channel = 'email'
            and (
                p.cancelled_at is not null or p.planned_at is not null and p.failed_at is null
                or p.failed_at is not null and p.started_at is not null
            )
        for no key update skip locked
    );
    with begun as materialized (
        select e.email_campaign_id, p.started_at
        from public.email_campaigns e
        join public.send_plans p on p.email_campaign_id = e.email_campaign_id
        where p.started_at is not null and e.sent_at is null
        for no key update of e skip locked
    )
    update public.email_campaigns e set sent_at = b.started_at
    from begun b
    where e.email_campaign_id = b.email_campaign_id;
    return jsonb_build_object(
        'completed', ddp.complete_email_plans(v_open),
        'held_unknown', (
            select count(*)
            from public.email_sends s
            join public.send_plans p on p.email_campaign_id = s.email_campaign_id
            where s.status = 'unknown'
                and not (
                    p.unknown_policy = 'retry' and s.attempt < 30 and p.cancelled_at is null and p.failed_at is null
                )
        ),
        -- Of the last 15 minutes: reconciliation may have missed some of its minutes.
        'unknown_new', (
            select count(*)
            from public.email_sends s
            join public.send_plans p on p.email_campaign_id = s.email_campaign_id
            where s.status = 'unknown' and s.unknown_at > now() - interval '15 minutes'
                and not (p.unknown_policy = 'retry' and s.attempt < 30 and p.cancelled_at is null)
        ),
        'sent_twice', (
            select count(*) from public.email_sends s where s.accepted_attempts & (s.accepted_attempts - 1) <> 0
        ),
        'oldest_due_seconds', greatest(ddp.oldest_due_seconds('email'), ddp.oldest_unplanned_seconds('email'))
    );
end
$$;
comment on function ddp.reconcile_email() is
    'Every minute, last: clears cancelled plans and completes plans; returns counts, and the figures that alarms read.';

create or replace function ddp.email_gauges() returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'tokens_left', round(coalesce(sum(greatest(0, (ddp.filled(b, clock_timestamp())).tokens)), 0)),
        'quota_left', round(sum(greatest(0, b.daily_left)) filter (where b.daily_left is not null)),
        -- Not exactly above a million, so that a minute's run costs the same however much waits.
        'unsettled', (
            select count(*) from (select from public.email_sends s where s.status = 'pending' limit 1000000) pending
        ) + (
            select coalesce(sum(c.recipients), 0) from ddp.send_calls c where c.channel = 'email' and c.ended_at is null
        )
    ))
    from ddp.rate_buckets b
    where b.channel = 'email'
$$;
comment on function ddp.email_gauges() is
    'What the dashboard shows beside the figures of ddp.reconcile_email(): recipients who are not settled (at most a million and '
    'those in calls), tokens of the buckets, and what is left of the provider''s daily quota; without a limit there is none.';
revoke all on function ddp.retry_silent_email(), ddp.reconcile_email(), ddp.email_gauges()
    from public, anon, authenticated, service_role;
grant execute on function ddp.retry_silent_email(), ddp.reconcile_email(), ddp.email_gauges() to service_role;
