-- requires: functions/sms_status.sql, functions/note_sender_outcomes.sql, functions/suppress_addresses.sql
-- requires: functions/apply_soft_bounces.sql, functions/store_email_events.sql, functions/sms_money.sql
-- requires: policies/sms_sends.sql, policies/sms_events.sql, policies/sending.sql, policies/send_plans.sql
-- What the provider reports, thousands of events at a time, as functions/apply_email_events.sql: each rule is a minimum, a
-- maximum or a union, and counting happens when a locked row changes. Rows are locked in the order of their keys, then the
-- senders' hours, the budgets, the undelivered and the suppressions in theirs.

create or replace function ddp.lock_sms_sends(
    p_evidence ddp.sms_evidence[], out known uuid[], out accepted uuid[], out dearer uuid[], out sent_twice uuid[]
)
    language sql volatile
    set search_path = ''
as $$
    select
        array_agg(locked.sms_send_id),
        array_agg(locked.sms_send_id) filter (where locked.known_attempts = 0 and locked.accepted_attempts <> 0),
        array_agg(locked.sms_send_id) filter (where locked.is_dearer),
        array_agg(locked.sms_send_id) filter (
            where locked.accepted_attempts <> locked.known_attempts
                and locked.accepted_attempts & (locked.accepted_attempts - 1) <> 0  -- more than one bit
        )
    from (
        select
            send.sms_send_id, send.accepted_attempts as known_attempts,
            send.accepted_attempts | evidence.accepted as accepted_attempts,
            evidence.charges <> '{}' and exists (
                select from jsonb_each_text(evidence.charges) charge
                where charge.value::numeric > greatest(send.price, (send.charges ->> charge.key)::numeric)
            ) as is_dearer
        from unnest(p_evidence) evidence
        join public.sms_sends send on send.sms_send_id = evidence.send_id
        order by send.sms_send_id
        for no key update of send
    ) locked
$$;
comment on function ddp.lock_sms_sends(ddp.sms_evidence[]) is
    'Locks the messages that the ledger has (known), in the order of their keys. Returns also those of which this is the '
    'first proof that they were accepted, that they cost more than was reserved, or that one more attempt was accepted. '
    'Null: none.';

create or replace function ddp.fold_sms_evidence(p_evidence ddp.sms_evidence[]) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    -- Asked once: a call per row would cost more than everything else here.
    v_order constant public.sms_send_status[] := ddp.sms_status_order();
    v_failed constant integer := array_position(v_order, 'failed');
    v_changed bigint;
begin
    -- least() and greatest() skip nulls: what only one side knows stands. Of codes with the same time the lesser stands.
    update public.sms_sends send
    set status = v_order[greatest(
            array_position(v_order, send.status), array_position(v_order, evidence.status),
            case when evidence.failure_counts then v_failed end
        )],
        accepted_attempts = send.accepted_attempts | evidence.accepted,
        provider_message_id = case
            when evidence.attempt >= send.attempt or send.provider_message_id is null
                then coalesce(evidence.message_id, send.provider_message_id)
            else send.provider_message_id
        end,
        sent_at = least(send.sent_at, evidence.sent_at),
        delivered_at = least(send.delivered_at, evidence.delivered_at),
        clicked_at = least(send.clicked_at, evidence.clicked_at),
        carrier_reported_at = case
            when ddp.sms_describes(send, evidence.reported_attempt) then least(send.carrier_reported_at, evidence.reported_at)
            else send.carrier_reported_at
        end,
        failed_at = case when evidence.failure_counts then least(send.failed_at, evidence.failed_at) else send.failed_at end,
        failure_code = case when evidence.failure_is_first then evidence.failure_code else send.failure_code end,
        failure_reason = case when evidence.failure_is_first then evidence.failure_reason else send.failure_reason end,
        charges = evidence.all_charges,
        charged = case
            when evidence.all_charges = send.charges then send.charged else ddp.sum_of_charges(evidence.all_charges)
        end,
        unknown_at = null
    from (
        select
            said.*, counted.failure_counts,
            counted.failure_counts and (
                known.failed_at is null or (said.failed_at, said.failure_code) < (known.failed_at, known.failure_code)
            ) as failure_is_first,
            merged.charges as all_charges
        from unnest(p_evidence) said
        join public.sms_sends known on known.sms_send_id = said.send_id
        cross join lateral (
            select coalesce(ddp.sms_describes(known, said.failed_attempt), false) as failure_counts
        ) counted
        cross join lateral (
            -- Once per row (`offset 0`), and for most without a call.
            select case
                when said.charges <@ known.charges then known.charges
                when known.charges = '{}' then said.charges
                else ddp.merged_charges(known.charges, said.charges)
            end as charges
            offset 0
        ) merged
    ) evidence
    where send.sms_send_id = evidence.send_id
        -- Only rows for which it says something new. Ranks come last: to compare them costs more than all the times.
        and (
            least(send.delivered_at, evidence.delivered_at) is distinct from send.delivered_at
            or least(send.clicked_at, evidence.clicked_at) is distinct from send.clicked_at
            or least(send.sent_at, evidence.sent_at) is distinct from send.sent_at
            or least(send.carrier_reported_at, evidence.reported_at) is distinct from send.carrier_reported_at
                and ddp.sms_describes(send, evidence.reported_attempt)
            or send.accepted_attempts | evidence.accepted <> send.accepted_attempts
            or evidence.message_id <> send.provider_message_id and evidence.attempt >= send.attempt
            or evidence.message_id is not null and send.provider_message_id is null
            or evidence.all_charges <> send.charges
            or evidence.failure_is_first
            or array_position(v_order, evidence.status) > array_position(v_order, send.status)
            or evidence.failure_counts and v_failed > array_position(v_order, send.status)
        );
    get diagnostics v_changed = row_count;
    return v_changed;
end
$$;
comment on function ddp.fold_sms_evidence(ddp.sms_evidence[]) is
    'Adds to each message what the evidence proves about it; returns how many messages changed. The same evidence again '
    'changes none. The caller has locked the messages.';

create or replace function ddp.new_sms_reports(p_events ddp.sms_event[], p_kinds text[]) returns uuid[]
    language sql stable
    set search_path = ''
as $$
    select array_agg(distinct event.send_id)
    from unnest(p_events) event
    where event.kind = any (p_kinds) and not exists (
        select from public.sms_events known
        where known.sms_send_id = event.send_id and known.event_type = any (p_kinds)
    )
$$;
comment on function ddp.new_sms_reports(ddp.sms_event[], text[]) is
    'The messages of which none of these kinds of event is stored yet; null: none. The caller has locked them.';

create or replace function ddp.note_sms_outcomes(p_accepted uuid[], p_spam uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.note_sender_outcomes(
        'sms', array_agg(counted.sender_id), array_agg(counted.accepted), null, array_agg(counted.spam)
    )
    from (
        select
            send.created_by_user_id as sender_id,
            (count(*) filter (where outcome.sort = 'accepted'))::integer as accepted,
            (count(*) filter (where outcome.sort = 'spam'))::integer as spam
        from (
            select unnest(p_accepted) as sms_send_id, 'accepted' as sort
            union all select unnest(p_spam), 'spam'
        ) outcome
        join public.sms_sends send on send.sms_send_id = outcome.sms_send_id
        group by send.created_by_user_id
    ) counted
    having count(*) > 0
$$;
comment on function ddp.note_sms_outcomes(uuid[], uuid[]) is
    'Adds messages, each for its sender, to the outcomes of the current hour. From these, unhealthy senders are paused.';

create or replace function ddp.note_undelivered_sms(p_evidence ddp.sms_evidence[]) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- As ddp.note_soft_bounces: most batches have none.
    if not exists (select from unnest(p_evidence) evidence where evidence.undelivered_at is not null)
        and not exists (select from ddp.soft_bounces)
    then
        return 0;
    end if;
    return ddp.apply_soft_bounces(
        'sms', array_agg(send.recipient_hash), array_agg(send.created_by_user_id), array_agg(evidence.undelivered_at),
        array_agg(send.delivered_at), array_agg(send.sms_send_id)
    )
    from unnest(p_evidence) evidence
    join public.sms_sends send on send.sms_send_id = evidence.send_id
    where send.recipient_hash is not null
        and (evidence.undelivered_at is not null or evidence.delivered_at is not null);
end
$$;
comment on function ddp.note_undelivered_sms(ddp.sms_evidence[]) is
    'Applies failed and successful deliveries to what is known of the recipients'' numbers; returns how many it suppressed.';

create or replace function ddp.suppress_invalid_numbers(p_sms_send_ids uuid[]) returns bigint
    language sql volatile
    set search_path = ''
as $$
    select coalesce(ddp.suppress_addresses(
        'sms', array_agg(send.recipient_hash), array_agg(null::uuid),
        array_agg('invalid_number'::public.suppression_reason), array_agg(send.sms_send_id)
    ), 0)
    from public.sms_sends send
    where send.sms_send_id = any (p_sms_send_ids)
$$;
comment on function ddp.suppress_invalid_numbers(uuid[]) is
    'Suppresses the recipients of these messages for everyone, for a while; returns how many suppressions are new.';

create or replace function ddp.hold_dearer_plans(p_sms_send_ids uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    -- Sums of the messages that were dearer since the plan went on last. Each attempt that was charged had its price reserved.
    with dearer as (
        select
            p.send_plan_id, count(*)::integer as messages,
            sum(s.price * jsonb_array_length(jsonb_path_query_array(s.charges, '$.keyvalue()'))) as reserved,
            sum(s.charged) as charged
        from public.sms_sends s
        join public.send_plans p on p.sms_campaign_id = s.sms_campaign_id
        where s.sms_send_id = any (p_sms_send_ids)
        group by p.send_plan_id
    ), locked as materialized (
        select d.*, b.exhausted_at is not null and b.exhausted_at = b.dearer_at as is_held
        from ddp.budgets b
        join dearer d on d.send_plan_id = b.owner_id
        where b.scope = 'send_plan'
        order by b.owner_id
        for no key update of b
    )
    update ddp.budgets b
    set exhausted_at = coalesce(b.exhausted_at, now()), dearer_at = coalesce(b.exhausted_at, now()),
        dearer_messages = l.messages + case when l.is_held then b.dearer_messages else 0 end,
        dearer_reserved = l.reserved + case when l.is_held then b.dearer_reserved else 0 end,
        dearer_charged = l.charged + case when l.is_held then b.dearer_charged else 0 end
    from locked l
    where b.scope = 'send_plan' and b.owner_id = l.send_plan_id
$$;
comment on function ddp.hold_dearer_plans(uuid[]) is
    'Holds up the plans of these messages, which cost more than was reserved for them, until a person resumes them.';

create or replace function ddp.apply_sms_events(p_events ddp.sms_event[], p_evidence ddp.sms_evidence[])
    returns jsonb
    language plpgsql volatile
    set search_path = ''
    -- Look up thousands of rows by key in a ledger of millions; never read all of it, whatever its statistics say.
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    v_sends record;
    v_spam uuid[];
    v_invalid uuid[];
    v_events bigint;
    v_changed bigint;
    v_suppressed bigint;
begin
    v_sends := ddp.lock_sms_sends(p_evidence);
    v_spam := ddp.new_sms_reports(p_events, '{SPAM,CARRIER_BLOCKED}');
    v_invalid := ddp.new_sms_reports(p_events, '{INVALID}');
    v_events := ddp.store_sms_events(p_events, v_sends.known);
    -- Senders' hours before budgets, which the messages' trigger locks: who records results does so too.
    if v_sends.accepted || v_spam <> '{}' then
        perform ddp.note_sms_outcomes(v_sends.accepted, v_spam);
    end if;
    v_changed := ddp.fold_sms_evidence(p_evidence);
    if v_sends.dearer <> '{}' then
        perform ddp.hold_dearer_plans(v_sends.dearer);
    end if;
    v_suppressed := ddp.note_undelivered_sms(p_evidence);
    if v_invalid <> '{}' then
        v_suppressed := v_suppressed + ddp.suppress_invalid_numbers(v_invalid);
    end if;
    return jsonb_build_object(
        'events', v_events,
        'unknown_sends', cardinality(p_evidence) - coalesce(cardinality(v_sends.known), 0),
        'changed', v_changed,
        'suppressed', v_suppressed,
        'sent_twice', to_jsonb(coalesce(v_sends.sent_twice, '{}'))
    );
end
$$;
comment on function ddp.apply_sms_events(ddp.sms_event[], ddp.sms_evidence[]) is
    'Takes events of the provider, and what they prove together about each message. Any order and any number of '
    'repetitions give the same rows. Returns counts, and in sent_twice the messages now known to be accepted in two '
    'attempts.';

revoke all on function
    ddp.lock_sms_sends(ddp.sms_evidence[]), ddp.fold_sms_evidence(ddp.sms_evidence[]),
    ddp.new_sms_reports(ddp.sms_event[], text[]), ddp.note_sms_outcomes(uuid[], uuid[]),
    ddp.note_undelivered_sms(ddp.sms_evidence[]), ddp.suppress_invalid_numbers(uuid[]), ddp.hold_dearer_plans(uuid[]),
    ddp.apply_sms_events(ddp.sms_event[], ddp.sms_evidence[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.lock_sms_sends(ddp.sms_evidence[]), ddp.fold_sms_evidence(ddp.sms_evidence[]),
    ddp.new_sms_reports(ddp.sms_event[], text[]), ddp.note_sms_outcomes(uuid[], uuid[]),
    ddp.note_undelivered_sms(ddp.sms_evidence[]), ddp.suppress_invalid_numbers(uuid[]), ddp.hold_dearer_plans(uuid[]),
    ddp.apply_sms_events(ddp.sms_event[], ddp.sms_evidence[])
    to service_role;
