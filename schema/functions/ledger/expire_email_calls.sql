-- twin: sms (expire_sms_calls)
-- requires: functions/due_chunks.sql, functions/email_price.sql, functions/sms_attempts.sql, policies/email_sends.sql
-- Ends the calls of workers that died: calls never started are given back, the results of the others are unknown.

create or replace function ddp.expire_email_calls() returns jsonb
    language sql volatile
    set search_path = ''
as $$
    with ended as (
        update ddp.send_calls call set ended_at = clock_timestamp()
        where call.send_call_id in (
            select expired.send_call_id
            from ddp.send_calls expired
            where expired.channel = 'email' and expired.ended_at is null and expired.leased_until < clock_timestamp()
            order by expired.leased_until
            limit 1000
            for update skip locked
        )
        returning call.send_call_id, call.send_plan_id, call.started_at
    ), given_up as materialized (
        select e.send_call_id, e.send_plan_id, e.started_at is null as is_unstarted from ended e
        union all
        -- Ended, but some of its rows got no result: no row may stay `sending` for ever.
        select distinct call.send_call_id, call.send_plan_id, false
        from public.email_sends s
        join ddp.send_calls call on call.send_call_id = s.send_call_id and call.channel = 'email'
        where s.status = 'sending' and call.ended_at < clock_timestamp() - interval '10 minutes'
    ), locked as materialized (
        select s.email_send_id, g.send_plan_id, g.is_unstarted
        from public.email_sends s
        join given_up g on g.send_call_id = s.send_call_id
        where s.status = 'sending'
        order by s.email_send_id
        for no key update of s
    ), released as (
        update public.email_sends s
        set status = case when l.is_unstarted then 'pending' else 'unknown' end::public.email_send_status,
            unknown_at = case when not l.is_unstarted then clock_timestamp() end,
            failure_code = case when not l.is_unstarted then 'worker-lost' end,
            failure_reason = case when not l.is_unstarted then
                'The worker ended during the provider call: whether the message was accepted is not known.'
            end,
            send_call_id = case when not l.is_unstarted then s.send_call_id end
        from locked l
        where s.email_send_id = l.email_send_id and s.status = 'sending'
        returning l.send_plan_id, s.chunk_no, s.not_before, s.status
    ), opened as (
        select ddp.open_chunks(array_agg(r.send_plan_id), array_agg(r.chunk_no), array_agg(r.not_before))
        from released r
        where r.status = 'pending'
        having count(*) > 0
    ), uncalled as (
        select ddp.release_email_calls(array_agg(e.send_call_id), '{}')
        from ended e
        where e.started_at is null
        having count(*) > 0
    )
    select jsonb_build_object(
        'released', count(*) filter (where r.status = 'pending'),
        'unknown', count(*) filter (where r.status = 'unknown'),
        'chunks_opened', (select count(*) from opened), 'uncalled', (select count(*) from uncalled)
    ) - '{chunks_opened,uncalled}'::text[]
    from released r
$$;
comment on function ddp.expire_email_calls() is
    'Ends calls of e-mail whose lease has run out: rows of calls never started become pending again, those of started ones '
    'unknown.';
revoke all on function ddp.expire_email_calls() from public, anon, authenticated, service_role;
grant execute on function ddp.expire_email_calls() to service_role;
