-- requires: functions/email_status.sql, functions/note_sender_outcomes.sql, functions/suppress_addresses.sql
-- requires: functions/apply_soft_bounces.sql, functions/store_email_events.sql
-- requires: policies/email_sends.sql, policies/email_events.sql, policies/sending.sql
-- What the provider reports, thousands of events at a time. Events arrive more than once, in any order, and even before
-- it is recorded that a message was accepted. So each rule here is a minimum, a maximum or a union, and counting happens
-- when a locked row changes. Rows are locked in the order of their keys, then the senders' hours, the soft bounces and the
-- suppressions in theirs: two batches wait for each other, not in a circle.

create or replace function ddp.lock_email_sends(
    p_evidence ddp.email_evidence[], out known uuid[], out accepted uuid[], out hard_bounced uuid[],
    out complained uuid[], out sent_twice uuid[]
)
    language sql volatile
    set search_path = ''
as $$
    select
        array_agg(locked.email_send_id),
        array_agg(locked.email_send_id) filter (where locked.known_attempts = 0 and locked.accepted_attempts <> 0),
        array_agg(locked.email_send_id) filter (where locked.is_hard_bounced),
        array_agg(locked.email_send_id) filter (where locked.is_complained),
        array_agg(locked.email_send_id) filter (
            where locked.accepted_attempts <> locked.known_attempts
                and locked.accepted_attempts & (locked.accepted_attempts - 1) <> 0  -- more than one bit
        )
    from (
        select
            send.email_send_id, send.accepted_attempts as known_attempts,
            send.accepted_attempts | evidence.accepted as accepted_attempts,
            send.hard_bounced_at is null and evidence.hard_bounced_at is not null as is_hard_bounced,
            send.complained_at is null and evidence.complained_at is not null as is_complained
        from unnest(p_evidence) evidence
        join public.email_sends send on send.email_send_id = evidence.send_id
        order by send.email_send_id
        for no key update of send
    ) locked
$$;
comment on function ddp.lock_email_sends(ddp.email_evidence[]) is
    'Locks the messages that the ledger has (known), in the order of their keys. Returns also those of which this is the '
    'first proof that they were accepted, hard bounced, complained of, or accepted in one more attempt. Null: none.';

create or replace function ddp.fold_email_evidence(p_evidence ddp.email_evidence[]) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    -- Asked once: a call per row would cost more than everything else here.
    v_order constant public.email_send_status[] := ddp.email_status_order();
    v_failed constant integer := array_position(v_order, 'failed');
    v_changed bigint;
begin
    -- least() and greatest() skip nulls: what only one side knows stands. Of reasons and codes with the same time the
    -- lesser stands, compared byte by byte as in Python.
    update public.email_sends send
    set status = v_order[greatest(
            array_position(v_order, send.status), array_position(v_order, evidence.status),
            case when evidence.failed_attempt = send.attempt then v_failed end
        )],
        accepted_attempts = send.accepted_attempts | evidence.accepted,
        provider_message_id = case
            when evidence.attempt >= send.attempt or send.provider_message_id is null
                then coalesce(evidence.message_id, send.provider_message_id)
            else send.provider_message_id
        end,
        sent_at = least(send.sent_at, evidence.sent_at),
        delivered_at = least(send.delivered_at, evidence.delivered_at),
        opened_at = least(send.opened_at, evidence.opened_at),
        machine_opened_at = least(send.machine_opened_at, evidence.machine_opened_at),
        clicked_at = least(send.clicked_at, evidence.clicked_at),
        bounced_at = least(send.bounced_at, evidence.bounced_at),
        bounce_reason = case
            when send.bounced_at is null or evidence.bounced_at < send.bounced_at then evidence.bounce_reason
            when evidence.bounced_at = send.bounced_at then least(send.bounce_reason collate "C", evidence.bounce_reason)
            else send.bounce_reason
        end,
        hard_bounced_at = least(send.hard_bounced_at, evidence.hard_bounced_at),
        complained_at = least(send.complained_at, evidence.complained_at),
        failed_at = case
            when evidence.failed_attempt = send.attempt then least(send.failed_at, evidence.failed_at)
            else send.failed_at
        end,
        failure_code = case
            when evidence.failed_attempt = send.attempt
                and (
                    send.failed_at is null
                    or (evidence.failed_at, evidence.failure_code) < (send.failed_at, send.failure_code)
                ) then evidence.failure_code
            else send.failure_code
        end,
        failure_reason = case
            when evidence.failed_attempt = send.attempt
                and (
                    send.failed_at is null
                    or (evidence.failed_at, evidence.failure_code) < (send.failed_at, send.failure_code)
                ) then evidence.failure_reason
            else send.failure_reason
        end,
        unknown_at = case
            when send.status = 'unknown' and evidence.status is null
                and evidence.failed_attempt is distinct from send.attempt then send.unknown_at
        end
    from unnest(p_evidence) evidence
    where send.email_send_id = evidence.send_id
        -- Only rows for which it says something new. Ranks come last: to compare them costs more than all the times.
        and (
            least(send.delivered_at, evidence.delivered_at) is distinct from send.delivered_at
            or least(send.opened_at, evidence.opened_at) is distinct from send.opened_at
            or least(send.machine_opened_at, evidence.machine_opened_at) is distinct from send.machine_opened_at
            or least(send.clicked_at, evidence.clicked_at) is distinct from send.clicked_at
            or least(send.bounced_at, evidence.bounced_at) is distinct from send.bounced_at
            or evidence.bounced_at = send.bounced_at and evidence.bounce_reason < send.bounce_reason collate "C"
            or least(send.hard_bounced_at, evidence.hard_bounced_at) is distinct from send.hard_bounced_at
            or least(send.complained_at, evidence.complained_at) is distinct from send.complained_at
            or least(send.sent_at, evidence.sent_at) is distinct from send.sent_at
            or send.accepted_attempts | evidence.accepted <> send.accepted_attempts
            or evidence.message_id <> send.provider_message_id and evidence.attempt >= send.attempt
            or evidence.message_id is not null and send.provider_message_id is null
            or array_position(v_order, evidence.status) > array_position(v_order, send.status)
            or evidence.failed_attempt = send.attempt and (
                v_failed > array_position(v_order, send.status)
                or send.failed_at is null
                or (evidence.failed_at, evidence.failure_code) < (send.failed_at, send.failure_code)
            )
        );
    get diagnostics v_changed = row_count;
    return v_changed;
end
$$;
comment on function ddp.fold_email_evidence(ddp.email_evidence[]) is
    'Adds to each message what the evidence proves about it; returns how many messages changed. The same evidence again '
    'changes none. Refusals count for the present attempt only. The caller has locked the messages.';

create or replace function ddp.note_email_outcomes(p_accepted uuid[], p_hard_bounced uuid[], p_complained uuid[])
    returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.note_sender_outcomes(
        'email', array_agg(counted.sender_id), array_agg(counted.accepted), array_agg(counted.hard_bounced),
        array_agg(counted.complained)
    )
    from (
        select
            send.created_by_user_id as sender_id,
            (count(*) filter (where outcome.sort = 'accepted'))::integer as accepted,
            (count(*) filter (where outcome.sort = 'hard_bounced'))::integer as hard_bounced,
            (count(*) filter (where outcome.sort = 'complained'))::integer as complained
        from (
            select unnest(p_accepted) as email_send_id, 'accepted' as sort
            union all select unnest(p_hard_bounced), 'hard_bounced'
            union all select unnest(p_complained), 'complained'
        ) outcome
        join public.email_sends send on send.email_send_id = outcome.email_send_id
        group by send.created_by_user_id
    ) counted
$$;
comment on function ddp.note_email_outcomes(uuid[], uuid[], uuid[]) is
    'Adds messages, each for its sender, to the outcomes of the current hour. From these, unhealthy senders are paused.';

create or replace function ddp.new_hard_bounces(p_events ddp.email_event[]) returns ddp.email_event[]
    language sql stable
    set search_path = ''
as $$
    select array_agg(event)
    from unnest(p_events) event
    where event.kind = 'Bounce' and event.detail ->> 'type' = 'Permanent'
        and not exists (
            select from public.email_events known
            where known.email_send_id = event.send_id and known.event_id = event.event_id
                and known.occurred_at = event.occurred_at
        )
$$;
comment on function ddp.new_hard_bounces(ddp.email_event[]) is
    'The permanent bounces that are not stored yet; null: none. The caller has locked their messages.';

drop function if exists ddp.suppress_email_recipients(uuid[], uuid[]);
create or replace function ddp.suppress_email_recipients(p_bounces ddp.email_event[], p_complained uuid[])
    returns bigint
    language sql volatile
    set search_path = ''
as $$
    select ddp.suppress_addresses(
        'email', array_agg(send.recipient_hash),
        array_agg(case when cause.is_for_everyone then null else send.created_by_user_id end),
        array_agg(cause.reason), array_agg(send.email_send_id)
    )
    from (
        select
            bounce.send_id as email_send_id, 'hard_bounce'::public.suppression_reason as reason,
            -- A refusal for any other cause can be provoked by the sender: it must not silence all others.
            coalesce(bounce.detail ->> 'mailbox' = 'missing', false) as is_for_everyone
        from unnest(p_bounces) bounce
        union all
        select unnest(p_complained), 'complaint', true
    ) cause
    join public.email_sends send on send.email_send_id = cause.email_send_id
$$;
comment on function ddp.suppress_email_recipients(ddp.email_event[], uuid[]) is
    'Suppresses recipients: for everyone where they complained or where the mailbox does not exist, for the sender alone '
    'after other permanent bounces. Returns how many suppressions are new.';

create or replace function ddp.apply_email_events(p_events ddp.email_event[], p_evidence ddp.email_evidence[])
    returns jsonb
    language plpgsql volatile
    set search_path = ''
    -- Look up thousands of rows by key in a ledger of millions; never read all of it, whatever its statistics say.
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    v_sends record;
    v_events bigint;
    v_changed bigint;
    v_suppressed bigint;
    v_bounces ddp.email_event[];
begin
    v_sends := ddp.lock_email_sends(p_evidence);
    v_bounces := ddp.new_hard_bounces(p_events);
    v_events := ddp.store_email_events(p_events, v_sends.known);
    v_changed := ddp.fold_email_evidence(p_evidence);
    if v_sends.accepted || v_sends.hard_bounced || v_sends.complained <> '{}' then
        perform ddp.note_email_outcomes(v_sends.accepted, v_sends.hard_bounced, v_sends.complained);
    end if;
    v_suppressed := ddp.note_soft_bounces(p_evidence);
    if v_bounces is not null or v_sends.complained <> '{}' then
        v_suppressed := v_suppressed + ddp.suppress_email_recipients(v_bounces, v_sends.complained);
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
comment on function ddp.apply_email_events(ddp.email_event[], ddp.email_evidence[]) is
    'Takes events of the provider, and what they prove together about each message. Any order and any number of '
    'repetitions give the same rows. Returns counts, and in sent_twice the messages now known to be accepted in two '
    'attempts.';

revoke all on function ddp.lock_email_sends(ddp.email_evidence[]) from public, anon, authenticated, service_role;
revoke all on function ddp.fold_email_evidence(ddp.email_evidence[]) from public, anon, authenticated, service_role;
revoke all on function ddp.note_email_outcomes(uuid[], uuid[], uuid[]) from public, anon, authenticated, service_role;
revoke all on function ddp.new_hard_bounces(ddp.email_event[]) from public, anon, authenticated, service_role;
revoke all on function ddp.suppress_email_recipients(ddp.email_event[], uuid[])
    from public, anon, authenticated, service_role;
revoke all on function ddp.apply_email_events(ddp.email_event[], ddp.email_evidence[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.lock_email_sends(ddp.email_evidence[]) to service_role;
grant execute on function ddp.fold_email_evidence(ddp.email_evidence[]) to service_role;
grant execute on function ddp.note_email_outcomes(uuid[], uuid[], uuid[]) to service_role;
grant execute on function ddp.new_hard_bounces(ddp.email_event[]) to service_role;
grant execute on function ddp.suppress_email_recipients(ddp.email_event[], uuid[]) to service_role;
grant execute on function ddp.apply_email_events(ddp.email_event[], ddp.email_evidence[]) to service_role;
