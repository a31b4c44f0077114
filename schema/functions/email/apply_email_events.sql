-- requires: functions/email_status.sql, functions/note_sender_outcomes.sql, functions/suppress_addresses.sql
-- requires: policies/email_sends.sql, policies/email_events.sql, policies/sending.sql
-- What the provider reports, thousands of events at a time. Events arrive more than once, in any order, and even before
-- it is recorded that a message was accepted. So each rule here is a minimum, a maximum or a union, and counting happens
-- when a locked row changes. Rows are locked in the order of their keys, then the senders' hours, the soft bounces and the
-- suppressions in theirs: two batches wait for each other, not in a circle.

create or replace function ddp.apply_soft_bounces(
    p_hashes bytea[], p_owners uuid[], p_bounced_at timestamptz[], p_delivered_at timestamptz[], p_sends uuid[]
) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_in_a_row constant integer := 5;  -- a single soft bounce may be a full mailbox, or a server that is down for a day
    v_suppressed bigint;
begin
    perform from ddp.soft_bounces b
    join (
        select distinct g.address_hash, g.owner_user_id from unnest(p_hashes, p_owners) g (address_hash, owner_user_id)
    ) g on g.address_hash = b.address_hash and g.owner_user_id = b.owner_user_id
    order by b.address_hash, b.owner_user_id
    for no key update of b;

    with given as (
        select g.address_hash, g.owner_user_id, max(g.delivered_at) as delivered_at
        from unnest(p_hashes, p_owners, p_delivered_at) g (address_hash, owner_user_id, delivered_at)
        group by 1, 2
    )
    update ddp.soft_bounces b
    set last_delivered_at = greatest(b.last_delivered_at, g.delivered_at),
        in_a_row = (select count(*) from unnest(b.recent) r (at) where r.at > greatest(b.last_delivered_at, g.delivered_at))
    from given g
    where b.address_hash = g.address_hash and b.owner_user_id = g.owner_user_id
        and (b.last_delivered_at is null or b.last_delivered_at < g.delivered_at);

    with bounced as materialized (
        select
            g.address_hash, g.owner_user_id, array_agg(distinct g.bounced_at) as bounced_at,
            max(g.delivered_at) as delivered_at, (array_agg(g.email_send_id order by g.bounced_at desc))[1] as email_send_id
        from unnest(p_hashes, p_owners, p_bounced_at, p_delivered_at, p_sends)
            g (address_hash, owner_user_id, bounced_at, delivered_at, email_send_id)
        where g.bounced_at is not null
        group by 1, 2
    ), counted as materialized (
        select
            g.address_hash, g.owner_user_id, g.email_send_id, t.recent,
            greatest(b.last_delivered_at, g.delivered_at) as delivered_at,
            (
                select count(*) from unnest(t.recent) r (at)
                where r.at > coalesce(greatest(b.last_delivered_at, g.delivered_at), '-infinity')
            ) as in_a_row
        from bounced g
        left join ddp.soft_bounces b on b.address_hash = g.address_hash and b.owner_user_id = g.owner_user_id
        cross join lateral (
            select array_agg(l.at order by l.at desc) as recent
            from (
                select distinct a.at from unnest(g.bounced_at || b.recent) a (at) order by a.at desc limit v_in_a_row
            ) l
        ) t
    ), kept as (
        insert into ddp.soft_bounces as b (
            address_hash, owner_user_id, in_a_row, recent, last_bounced_at, last_delivered_at
        )
        select c.address_hash, c.owner_user_id, c.in_a_row, c.recent, c.recent[1], c.delivered_at
        from counted c
        order by c.address_hash, c.owner_user_id
        on conflict (address_hash, owner_user_id) do update
        set in_a_row = excluded.in_a_row, recent = excluded.recent, last_bounced_at = excluded.last_bounced_at,
            last_delivered_at = excluded.last_delivered_at
    )
    select ddp.suppress_addresses(
        'email', array_agg(c.address_hash), array_agg(c.owner_user_id),
        array_agg('soft_bounces'::public.suppression_reason), array_agg(c.email_send_id)
    ) into v_suppressed
    from counted c
    where c.in_a_row >= v_in_a_row;
    return coalesce(v_suppressed, 0);
end
$$;
comment on function ddp.apply_soft_bounces(bytea[], uuid[], timestamptz[], timestamptz[], uuid[]) is
    'Soft bounces of addresses and deliveries to them (each may be null): five bounces in a row, without a delivery in '
    'between, suppress the address for that sender. Returns how many it suppressed.';

create or replace function ddp.apply_email_events(
    -- Each event, as it came.
    p_event_ids uuid[], p_occurred_at timestamptz[], p_event_sends uuid[], p_event_attempts smallint[],
    p_event_types text[], p_is_machine boolean[], p_details json[],
    -- What they say together, one entry per message. accepted: bits of the accepted attempts; attempts: the highest of
    -- these, which has the message id; statuses: the highest seen, null if none proves acceptance.
    p_sends uuid[], p_accepted integer[], p_attempts smallint[], p_message_ids text[],
    p_statuses public.email_send_status[], p_sent_at timestamptz[], p_delivered_at timestamptz[],
    p_opened_at timestamptz[], p_machine_opened_at timestamptz[], p_clicked_at timestamptz[],
    p_bounced_at timestamptz[], p_bounce_reasons text[], p_hard_bounced_at timestamptz[],
    p_soft_bounced_at timestamptz[], p_complained_at timestamptz[],
    -- The provider refused after all: applies only to the present attempt.
    p_failed_attempts smallint[], p_failed_at timestamptz[], p_failure_codes text[], p_failure_reasons text[]
) returns jsonb
    language plpgsql volatile
    set search_path = ''
    -- Look up thousands of rows by key in a ledger of millions; never read all of it, whatever its statistics say.
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    -- ddp.email_status_rank() is called once per label: a call per row would cost more than everything else here.
    v_order constant public.email_send_status[] := (
        select array_agg(l.label order by ddp.email_status_rank(l.label))
        from unnest(enum_range(null::public.email_send_status)) l (label)
    );
    v_failed constant integer := array_position(v_order, 'failed');
    v_known uuid[];
    -- Those of them that senders' hours count or that raise an alarm. Seldom many.
    v_accepted uuid[];
    v_hard_bounced uuid[];
    v_complained uuid[];
    v_sent_twice uuid[];
    v_changed bigint;
    v_events bigint;
    v_suppressed bigint;
    -- Most batches have none, and then deliveries have no row of bounces to reset.
    v_has_soft_bounces constant boolean := array_remove(p_soft_bounced_at, null) <> '{}'
        or exists (select from ddp.soft_bounces);
begin
    select
        array_agg(l.email_send_id),
        array_agg(l.email_send_id) filter (where l.known_accepted = 0 and l.accepted <> 0),
        array_agg(l.email_send_id) filter (where l.is_hard_bounced),
        array_agg(l.email_send_id) filter (where l.is_complained),
        array_agg(l.email_send_id) filter (
            where l.accepted <> l.known_accepted and l.accepted & (l.accepted - 1) <> 0
        )
    into v_known, v_accepted, v_hard_bounced, v_complained, v_sent_twice
    from (
        select
            s.email_send_id, s.accepted_attempts as known_accepted, s.accepted_attempts | g.accepted as accepted,
            s.hard_bounced_at is null and g.hard_bounced_at is not null as is_hard_bounced,
            s.complained_at is null and g.complained_at is not null as is_complained
        from unnest(p_sends, p_accepted, p_hard_bounced_at, p_complained_at)
            g (email_send_id, accepted, hard_bounced_at, complained_at)
        join public.email_sends s on s.email_send_id = g.email_send_id
        order by s.email_send_id
        for no key update of s
    ) l;

    insert into public.email_events (
        event_id, occurred_at, email_send_id, attempt, event_type, is_machine, detail
    )
    select g.*
    from unnest(
        p_event_ids, p_occurred_at, p_event_sends, p_event_attempts, p_event_types, p_is_machine, p_details
    ) g (event_id, occurred_at, email_send_id, attempt, event_type, is_machine, detail)
    where cardinality(v_known) = cardinality(p_sends) or g.email_send_id = any (v_known)
    on conflict do nothing;
    get diagnostics v_events = row_count;

    update public.email_sends s
    set status = v_order[greatest(
            array_position(v_order, s.status), array_position(v_order, g.status),
            case when g.failed_attempt = s.attempt then v_failed end
        )],
        accepted_attempts = s.accepted_attempts | g.accepted,
        provider_message_id = case
            when g.attempt >= s.attempt or s.provider_message_id is null
                then coalesce(g.message_id, s.provider_message_id)
            else s.provider_message_id
        end,
        sent_at = least(s.sent_at, g.sent_at),
        delivered_at = least(s.delivered_at, g.delivered_at),
        opened_at = least(s.opened_at, g.opened_at),
        machine_opened_at = least(s.machine_opened_at, g.machine_opened_at),
        clicked_at = least(s.clicked_at, g.clicked_at),
        bounced_at = least(s.bounced_at, g.bounced_at),
        bounce_reason = case
            when s.bounced_at is null or g.bounced_at < s.bounced_at then g.bounce_reason
            when g.bounced_at = s.bounced_at then least(s.bounce_reason, g.bounce_reason)
            else s.bounce_reason
        end,
        hard_bounced_at = least(s.hard_bounced_at, g.hard_bounced_at),
        complained_at = least(s.complained_at, g.complained_at),
        failed_at = case when g.failed_attempt = s.attempt then least(s.failed_at, g.failed_at) else s.failed_at end,
        failure_code = case
            when g.failed_attempt = s.attempt and (s.failed_at is null or g.failed_at < s.failed_at) then g.failure_code
            else s.failure_code
        end,
        failure_reason = case
            when g.failed_attempt = s.attempt and (s.failed_at is null or g.failed_at < s.failed_at)
                then g.failure_reason
            else s.failure_reason
        end,
        unknown_at = case
            when s.status = 'unknown' and g.status is null and g.failed_attempt is distinct from s.attempt
                then s.unknown_at
        end
    from unnest(
        p_sends, p_accepted, p_attempts, p_message_ids, p_statuses, p_sent_at, p_delivered_at, p_opened_at,
        p_machine_opened_at, p_clicked_at, p_bounced_at, p_bounce_reasons, p_hard_bounced_at, p_complained_at,
        p_failed_attempts, p_failed_at, p_failure_codes, p_failure_reasons
    ) g (
        email_send_id, accepted, attempt, message_id, status, sent_at, delivered_at, opened_at, machine_opened_at,
        clicked_at, bounced_at, bounce_reason, hard_bounced_at, complained_at, failed_attempt, failed_at,
        failure_code, failure_reason
    )
    where s.email_send_id = g.email_send_id
        -- Only rows for which it says something new; mostly the first of these holds.
        and (
            array_position(v_order, g.status) > array_position(v_order, s.status)
            or s.accepted_attempts | g.accepted <> s.accepted_attempts
            or g.message_id <> s.provider_message_id and g.attempt >= s.attempt
            or g.message_id is not null and s.provider_message_id is null
            or least(s.sent_at, g.sent_at) is distinct from s.sent_at
            or least(s.delivered_at, g.delivered_at) is distinct from s.delivered_at
            or least(s.opened_at, g.opened_at) is distinct from s.opened_at
            or least(s.machine_opened_at, g.machine_opened_at) is distinct from s.machine_opened_at
            or least(s.clicked_at, g.clicked_at) is distinct from s.clicked_at
            or least(s.bounced_at, g.bounced_at) is distinct from s.bounced_at
            or g.bounced_at = s.bounced_at and g.bounce_reason < s.bounce_reason
            or least(s.hard_bounced_at, g.hard_bounced_at) is distinct from s.hard_bounced_at
            or least(s.complained_at, g.complained_at) is distinct from s.complained_at
            or g.failed_attempt = s.attempt and (
                v_failed > array_position(v_order, s.status) or least(s.failed_at, g.failed_at) is distinct from s.failed_at
            )
        );
    get diagnostics v_changed = row_count;

    if v_accepted || v_hard_bounced || v_complained <> '{}' then
        perform ddp.note_sender_outcomes(
            'email', array_agg(t.sender), array_agg(t.accepted), array_agg(t.bounced), array_agg(t.complained)
        )
        from (
            select
                s.created_by_user_id as sender,
                (count(*) filter (where n.sort = 'accepted'))::integer as accepted,
                (count(*) filter (where n.sort = 'hard_bounced'))::integer as bounced,
                (count(*) filter (where n.sort = 'complained'))::integer as complained
            from (
                select unnest(v_accepted) as email_send_id, 'accepted' as sort
                union all select unnest(v_hard_bounced), 'hard_bounced'
                union all select unnest(v_complained), 'complained'
            ) n
            join public.email_sends s on s.email_send_id = n.email_send_id
            group by s.created_by_user_id
        ) t;
    end if;
    v_suppressed := (
        select ddp.apply_soft_bounces(
            array_agg(s.recipient_hash), array_agg(s.created_by_user_id), array_agg(g.bounced_at),
            array_agg(s.delivered_at), array_agg(s.email_send_id)
        )
        from unnest(p_sends, p_soft_bounced_at, p_delivered_at) g (email_send_id, bounced_at, delivered_at)
        join public.email_sends s on s.email_send_id = g.email_send_id
        where s.recipient_hash is not null and (g.bounced_at is not null or g.delivered_at is not null)
            and v_has_soft_bounces
        having count(*) > 0
    );
    if v_hard_bounced || v_complained <> '{}' then
        v_suppressed := coalesce(v_suppressed, 0) + (
            select ddp.suppress_addresses(
                'email', array_agg(s.recipient_hash), array_agg(null::uuid), array_agg(r.reason),
                array_agg(s.email_send_id)
            )
            from (
                select n.email_send_id, max(n.reason) as reason
                from (
                    select unnest(v_hard_bounced) as email_send_id, 'hard_bounce'::public.suppression_reason as reason
                    union all select unnest(v_complained), 'complaint'
                ) n
                group by n.email_send_id
            ) r
            join public.email_sends s on s.email_send_id = r.email_send_id
        );
    end if;
    return jsonb_build_object(
        'events', v_events,
        'unknown_sends', cardinality(p_sends) - coalesce(cardinality(v_known), 0),
        'changed', v_changed,
        'suppressed', coalesce(v_suppressed, 0),
        'sent_twice', to_jsonb(coalesce(v_sent_twice, '{}'))
    );
end
$$;
comment on function ddp.apply_email_events is
    'Takes events of the provider and what they say together about each message. Any order and any number of repetitions '
    'give the same rows. Returns counts, and in sent_twice the messages now known to be accepted in two attempts.';

create or replace function ddp.apply_test_email_events(
    p_tests uuid[], p_statuses public.email_send_status[], p_message_ids text[], p_reasons text[]
) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with locked as materialized (
        select t.email_test_send_id
        from public.email_test_sends t
        where t.email_test_send_id = any (p_tests)
        order by t.email_test_send_id
        for no key update
    ), settled as (
        update public.email_test_sends t
        set status = g.status,
            provider_message_id = coalesce(t.provider_message_id, g.message_id),
            failure_reason = g.reason,
            ended_at = coalesce(t.ended_at, clock_timestamp())
        from unnest(p_tests, p_statuses, p_message_ids, p_reasons) g (email_test_send_id, status, message_id, reason)
        join locked l on l.email_test_send_id = g.email_test_send_id
        where t.email_test_send_id = g.email_test_send_id
            and ddp.email_status_rank(g.status) > ddp.email_status_rank(t.status)
        returning 1
    )
    select count(*) from settled
$$;
comment on function ddp.apply_test_email_events(uuid[], public.email_send_status[], text[], text[]) is
    'Applies events to test sends, one entry per test: `sent`, or `failed` with the reason. Returns how many it changed.';

revoke all on function ddp.apply_soft_bounces(bytea[], uuid[], timestamptz[], timestamptz[], uuid[])
    from public, anon, authenticated, service_role;
revoke all on function ddp.apply_email_events from public, anon, authenticated, service_role;
revoke all on function ddp.apply_test_email_events(uuid[], public.email_send_status[], text[], text[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.apply_soft_bounces(bytea[], uuid[], timestamptz[], timestamptz[], uuid[]) to service_role;
grant execute on function ddp.apply_email_events to service_role;
grant execute on function ddp.apply_test_email_events(uuid[], public.email_send_status[], text[], text[]) to service_role;
