-- requires: functions/email_status.sql, functions/note_sender_outcomes.sql, functions/suppress_addresses.sql
-- requires: policies/email_sends.sql, policies/email_events.sql, policies/sending.sql
-- What the provider reports, thousands of events at a time. They come more than once, in any order, and before it is
-- recorded that a message was accepted: so each rule here is a minimum, a maximum or a union, and what is counted is
-- counted at the change of a row that is locked. Rows are locked in the order of their keys, then the senders' hours,
-- the soft bounces and the suppressions in theirs: two batches wait for each other, and not in a circle.

create or replace function ddp.apply_soft_bounces(
    p_hashes bytea[], p_owners uuid[], p_bounced_at timestamptz[], p_delivered_at timestamptz[], p_sends uuid[]
) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_in_a_row constant integer := 5;  -- one soft bounce is a full mailbox or a server that is down for a day
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
    p_event_types text[], p_is_machine boolean[], p_details jsonb[],
    -- What they say together, one entry a message. accepted: bits of the attempts that were; attempts: the highest of
    -- these, whose message id it is; statuses: the highest seen, null if none proves acceptance.
    p_sends uuid[], p_accepted integer[], p_attempts smallint[], p_message_ids text[],
    p_statuses public.email_send_status[], p_sent_at timestamptz[], p_delivered_at timestamptz[],
    p_opened_at timestamptz[], p_machine_opened_at timestamptz[], p_clicked_at timestamptz[],
    p_bounced_at timestamptz[], p_bounce_reasons text[], p_hard_bounced_at timestamptz[],
    p_soft_bounced_at timestamptz[], p_complained_at timestamptz[],
    -- The provider refused after all: counts only for the attempt that is the present one.
    p_failed_attempts smallint[], p_failed_at timestamptz[], p_failure_codes text[], p_failure_reasons text[]
) returns jsonb
    language plpgsql volatile
    set search_path = ''
    -- Thousands of rows by their keys, of a ledger of millions: never by reading all of it, whatever its statistics say.
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    -- ddp.email_status_rank() asked once a label: a call for each row costs more than all the rest.
    v_order constant public.email_send_status[] := (
        select array_agg(l.label order by ddp.email_status_rank(l.label))
        from unnest(enum_range(null::public.email_send_status)) l (label)
    );
    v_known uuid[];
    v_events bigint;
    v_done record;
    v_suppressed bigint;
    -- Most batches have none, and then deliveries have nothing to end.
    v_has_soft_bounces constant boolean := array_remove(p_soft_bounced_at, null) <> '{}'
        or exists (select from ddp.soft_bounces);
begin
    select array_agg(l.email_send_id) into v_known
    from (
        select s.email_send_id
        from public.email_sends s
        where s.email_send_id = any (p_sends)
        order by s.email_send_id
        for no key update
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

    with judged as (
        select
            s.email_send_id, s.created_by_user_id, s.recipient_hash, s.status, s.accepted_attempts, s.sent_at,
            s.delivered_at, s.opened_at, s.machine_opened_at, s.clicked_at, s.bounced_at, s.hard_bounced_at,
            s.complained_at, s.failed_at, s.provider_message_id,
            case
                when array_position(v_order, f.status) > array_position(v_order, s.status) then f.status
                else s.status
            end as new_status,
            s.accepted_attempts | g.accepted as new_accepted_attempts,
            case
                when g.attempt >= s.attempt or s.provider_message_id is null
                    then coalesce(g.message_id, s.provider_message_id)
                else s.provider_message_id
            end as new_message_id,
            least(s.sent_at, g.sent_at) as new_sent_at,
            least(s.delivered_at, g.delivered_at) as new_delivered_at,
            least(s.opened_at, g.opened_at) as new_opened_at,
            least(s.machine_opened_at, g.machine_opened_at) as new_machine_opened_at,
            least(s.clicked_at, g.clicked_at) as new_clicked_at,
            least(s.bounced_at, g.bounced_at) as new_bounced_at,
            case
                when s.bounced_at is null or g.bounced_at < s.bounced_at then g.bounce_reason
                when g.bounced_at = s.bounced_at then least(s.bounce_reason, g.bounce_reason)
                else s.bounce_reason
            end as new_bounce_reason,
            least(s.hard_bounced_at, g.hard_bounced_at) as new_hard_bounced_at,
            least(s.complained_at, g.complained_at) as new_complained_at,
            least(s.failed_at, case when g.failed_attempt = s.attempt then g.failed_at end) as new_failed_at,
            g.failed_attempt = s.attempt and (s.failed_at is null or g.failed_at < s.failed_at) as is_first_failure,
            g.failure_code, g.failure_reason
        from unnest(
            p_sends, p_accepted, p_attempts, p_message_ids, p_statuses, p_sent_at, p_delivered_at, p_opened_at,
            p_machine_opened_at, p_clicked_at, p_bounced_at, p_bounce_reasons, p_hard_bounced_at, p_complained_at,
            p_failed_attempts, p_failed_at, p_failure_codes, p_failure_reasons
        ) g (
            email_send_id, accepted, attempt, message_id, status, sent_at, delivered_at, opened_at, machine_opened_at,
            clicked_at, bounced_at, bounce_reason, hard_bounced_at, complained_at, failed_attempt, failed_at,
            failure_code, failure_reason
        )
        join public.email_sends s on s.email_send_id = g.email_send_id
        cross join lateral (
            select case
                when g.failed_attempt = s.attempt
                    and array_position(v_order, 'failed') > coalesce(array_position(v_order, g.status), 0) then 'failed'
                else g.status
            end as status
        ) f
    ), changes as materialized (
        select j.*
        from judged j
        where (
            j.status, j.accepted_attempts, j.provider_message_id, j.sent_at, j.delivered_at, j.opened_at,
            j.machine_opened_at, j.clicked_at, j.bounced_at, j.hard_bounced_at, j.complained_at, j.failed_at
        ) is distinct from (
            j.new_status, j.new_accepted_attempts, j.new_message_id, j.new_sent_at, j.new_delivered_at, j.new_opened_at,
            j.new_machine_opened_at, j.new_clicked_at, j.new_bounced_at, j.new_hard_bounced_at, j.new_complained_at,
            j.new_failed_at
        )
    ), changed as (
        update public.email_sends s
        set status = c.new_status,
            accepted_attempts = c.new_accepted_attempts,
            provider_message_id = c.new_message_id,
            sent_at = c.new_sent_at,
            delivered_at = c.new_delivered_at,
            opened_at = c.new_opened_at,
            machine_opened_at = c.new_machine_opened_at,
            clicked_at = c.new_clicked_at,
            bounced_at = c.new_bounced_at,
            bounce_reason = c.new_bounce_reason,
            hard_bounced_at = c.new_hard_bounced_at,
            complained_at = c.new_complained_at,
            failed_at = c.new_failed_at,
            failure_code = case when c.is_first_failure then c.failure_code else s.failure_code end,
            failure_reason = case when c.is_first_failure then c.failure_reason else s.failure_reason end,
            unknown_at = case when c.new_status = 'unknown' then s.unknown_at end
        from changes c
        where s.email_send_id = c.email_send_id
    ), tallied as (
        select
            c.created_by_user_id as sender,
            count(*) filter (where c.accepted_attempts = 0 and c.new_accepted_attempts <> 0)::integer as accepted,
            count(*) filter (where c.hard_bounced_at is null and c.new_hard_bounced_at is not null)::integer as bounced,
            count(*) filter (where c.complained_at is null and c.new_complained_at is not null)::integer as complained
        from changes c
        group by c.created_by_user_id
    ), refused as (
        select
            c.email_send_id, c.recipient_hash,
            case
                when c.complained_at is null and c.new_complained_at is not null then 'complaint' else 'hard_bounce'
            end::public.suppression_reason as reason
        from changes c
        where c.complained_at is null and c.new_complained_at is not null
            or c.hard_bounced_at is null and c.new_hard_bounced_at is not null
    )
    select
        (select count(*) from changes) as changed,
        (
            select coalesce(jsonb_agg(c.email_send_id order by c.email_send_id), '[]')
            from changes c
            where c.new_accepted_attempts <> c.accepted_attempts
                and c.new_accepted_attempts & (c.new_accepted_attempts - 1) <> 0
        ) as sent_twice,
        t.senders, t.accepted, t.bounced, t.complained, r.sends, r.hashes, r.reasons
    into v_done
    from (
        select
            array_agg(t.sender) as senders, array_agg(t.accepted) as accepted, array_agg(t.bounced) as bounced,
            array_agg(t.complained) as complained
        from tallied t
        where t.accepted + t.bounced + t.complained > 0
    ) t
    cross join (
        select
            array_agg(r.email_send_id) as sends, array_agg(r.recipient_hash) as hashes, array_agg(r.reason) as reasons
        from refused r
    ) r;

    if v_done.senders is not null then
        perform ddp.note_sender_outcomes('email', v_done.senders, v_done.accepted, v_done.bounced, v_done.complained);
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
    if v_done.hashes is not null then
        v_suppressed := coalesce(v_suppressed, 0) + ddp.suppress_addresses(
            'email', v_done.hashes, array_fill(null::uuid, array[cardinality(v_done.hashes)]), v_done.reasons, v_done.sends
        );
    end if;
    return jsonb_build_object(
        'events', v_events,
        'unknown_sends', cardinality(p_sends) - coalesce(cardinality(v_known), 0),
        'changed', v_done.changed,
        'suppressed', coalesce(v_suppressed, 0),
        'sent_twice', v_done.sent_twice
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
    'What events say of test sends, one entry a test: `sent` or `failed` with the reason. Returns how many it changed.';

revoke all on function ddp.apply_soft_bounces(bytea[], uuid[], timestamptz[], timestamptz[], uuid[])
    from public, anon, authenticated, service_role;
revoke all on function ddp.apply_email_events from public, anon, authenticated, service_role;
revoke all on function ddp.apply_test_email_events(uuid[], public.email_send_status[], text[], text[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.apply_soft_bounces(bytea[], uuid[], timestamptz[], timestamptz[], uuid[]) to service_role;
grant execute on function ddp.apply_email_events to service_role;
grant execute on function ddp.apply_test_email_events(uuid[], public.email_send_status[], text[], text[]) to service_role;
