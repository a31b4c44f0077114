-- twin: sms (start_sms_sends)
-- requires: functions/email_hours.sql, functions/sms_hours.sql, functions/hold_email_sends.sql, functions/note_deaths.sql
-- requires: functions/email_price.sql, functions/sms_attempts.sql, functions/take_email_slots.sql, policies/suppressions.sql
-- requires: functions/email_refusals.sql, functions/sms_refusals.sql
-- The last look before a provider call. A lease lasts minutes: a recipient who was suppressed or withdrew consent in between, or
-- whose send was paused or cancelled, gets no message; nor does one who has had as many as a frequency cap allows.

create or replace function ddp.start_email_sends(p_calls uuid[], p_lease interval)
    returns table (send_call_id uuid, email_send_ids uuid[])
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_now timestamptz;
    v_plans uuid[];
    v_started uuid[];
    v_going record;
    v_over uuid[] := '{}';
begin
    -- A pause, a cancellation or the end of the campaign either waits for this transaction or is seen by it. Never the
    -- bucket's lock: claims would wait for it. All plans before all campaigns, as whoever resumes a campaign: a join would
    -- lock a campaign before the next plan.
    v_plans := array(
        select distinct c.send_plan_id from ddp.send_calls c where c.send_call_id = any (p_calls)
    );
    perform from public.send_plans p where p.send_plan_id = any (v_plans) order by p.send_plan_id for share;
    perform from public.campaigns g
    where g.campaign_id in (select p.campaign_id from public.send_plans p where p.send_plan_id = any (v_plans))
    order by g.campaign_id
    for share;
    v_now := clock_timestamp();
    -- Only under a live lease, and only once.
    with started as (
        update ddp.send_calls c set started_at = v_now, leased_until = v_now + p_lease
        where c.send_call_id = any (p_calls) and c.channel = 'email' and c.started_at is null and c.ended_at is null
            and c.leased_until > v_now
        returning c.send_call_id
    )
    select array_agg(s.send_call_id) into v_started from started s;
    perform ddp.clear_deaths(v_started);

    -- A statement of its own, and so with a snapshot of its own: it sees suppressions committed until now. Rows of a call
    -- under a live lease are its worker's: only those that are held back are locked, below.
    with going as materialized (
        select s.email_send_id, s.send_call_id, s.recipient_hash, ddp.email_clock(s) as clock, c.send_plan_id
        from unnest(v_started) started (send_call_id)
        join ddp.send_calls c on c.send_call_id = started.send_call_id
        join public.email_sends s on s.send_call_id = c.send_call_id and s.status = 'sending'
    ), hours as materialized (
        select h.send_plan_id, h.clock, ddp.email_allowed_at(v_now, p, h.clock) as allowed_at
        from (select distinct g.send_plan_id, g.clock from going g) h
        join public.send_plans p on p.send_plan_id = h.send_plan_id
        where ddp.email_has_hours(p)
    ), judged as materialized (
        select
            s.email_send_id, s.send_call_id, hours.allowed_at,
            case
                when p.cancelled_at is not null or p.failed_at is not null then 'cancelled'
                when exists (
                    select from public.suppressions x
                    where x.address_hash = s.recipient_hash and x.channel = 'email'
                        and (x.owner_user_id is null or x.owner_user_id = p.created_by_user_id)
                        and ddp.email_heeds(p.message_type, x.reason)
                ) then 'suppressed'
                when exists (select from ddp.email_withdrawals(p, s.recipient_hash)) then 'no-consent'
                when p.paused_at is not null or g.campaign_status <> 'active' or sender.paused_at is not null
                    or hours.allowed_at > v_now then 'pending'
                else 'sending'
            end as finding
        from going s
        join public.send_plans p on p.send_plan_id = s.send_plan_id
        join public.campaigns g on g.campaign_id = p.campaign_id
        left join public.senders sender on sender.user_id = p.created_by_user_id and sender.channel = 'email'
        left join hours on hours.send_plan_id = s.send_plan_id and hours.clock = s.clock
    )
    select
        array_agg(j.send_call_id) filter (where j.finding = 'sending') as calls,
        array_agg(j.email_send_id) filter (where j.finding = 'sending') as ids,
        array_agg(j.email_send_id) filter (where j.finding <> 'sending') as held_ids,
        array_agg(case j.finding when 'no-consent' then 'suppressed' else j.finding end::public.email_send_status)
            filter (where j.finding <> 'sending') as held_verdicts,
        array_agg(case j.finding when 'no-consent' then 'no-consent' end) filter (where j.finding <> 'sending') as held_codes,
        array_agg(j.allowed_at) filter (where j.finding <> 'sending') as held_until
    into v_going
    from judged j;
    -- Counters before the ledger's rows, which the results that follow in this transaction lock.
    if exists (
        select from ddp.frequency_caps c
        where c.channel = 'email' and (
            c.owner_id = ddp.whole_platform()
            or c.owner_id in (select p.created_by_user_id from public.send_plans p where p.send_plan_id = any (v_plans))
        )
    ) then
        v_over := ddp.take_email_slots(v_plans, v_going.ids, v_now);
        select array_agg(g.send_call_id), array_agg(g.email_send_id) into v_going.calls, v_going.ids
        from unnest(v_going.calls, v_going.ids) g (send_call_id, email_send_id)
        where g.email_send_id <> all (v_over);
    end if;
    if v_going.held_ids is not null or v_over <> '{}' then
        -- Who is late is not found here: all that are missed are over a cap.
        perform ddp.hold_email_sends(
            v_going.held_ids || v_over,
            v_going.held_verdicts || array_fill('missed'::public.email_send_status, array[cardinality(v_over)]),
            v_going.held_until || array_fill(null::timestamptz, array[cardinality(v_over)]),
            v_going.held_codes || array_fill('frequency-cap'::text, array[cardinality(v_over)])
        );
    end if;
    perform ddp.release_email_calls(v_started, v_going.ids);
    -- Calls that nobody is left in are not made.
    update ddp.send_calls c set ended_at = v_now
    where c.send_call_id = any (v_started) and c.send_call_id <> all (coalesce(v_going.calls, '{}'));
    return query
    select started.send_call_id, array_agg(going.email_send_id) filter (where going.email_send_id is not null)
    from unnest(v_started) started (send_call_id)
    left join unnest(v_going.calls, v_going.ids) going (send_call_id, email_send_id)
        on going.send_call_id = started.send_call_id
    group by started.send_call_id;
end
$$;
comment on function ddp.start_email_sends(uuid[], interval) is
    'Marks calls as started and returns them, each with the recipients that may go. Commit it just before calling the '
    'provider, and send to no other recipient: the others were suppressed, paused, cancelled, are in quiet hours, withdrew consent, or '
    'have had as many messages as a frequency cap allows, and are settled here. A call that is not returned must not be made: its '
    'lease has ended. Renew p_lease while a call lasts.';
revoke all on function ddp.start_email_sends(uuid[], interval) from public, anon, authenticated, service_role;
grant execute on function ddp.start_email_sends(uuid[], interval) to service_role;
