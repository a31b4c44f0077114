-- requires: functions/stop_phone.sql, policies/inbound_messages.sql
-- What people answer, hundreds of messages at a time. Messages come more than once and in any order, so each is stored once,
-- and of what was said about a number in one scope, the last word holds (of equal times STOP). The scope is the account
-- that the identity is assigned to, else everyone.

create or replace function ddp.lock_numbers(p_hashes bytea[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform pg_advisory_xact_lock(hashtext('ddp.lock_numbers'), stripe.number)
    from (
        select distinct get_byte(g.phone_hash, 0) as number from unnest(p_hashes) g (phone_hash) order by number
    ) stripe;
end
$$;
comment on function ddp.lock_numbers(bytea[]) is
    'Until the end of the transaction, others who lock the same numbers wait: each sees what the other stored. In one order, so '
    'that nobody waits in a circle, and with few locks, because numbers share them.';

create or replace function ddp.scope_of(p_message public.inbound_messages) returns uuid
    language sql immutable
    set search_path = ''
as $$
    select case when not p_message.is_for_everyone then p_message.owner_user_id end
$$;
comment on function ddp.scope_of(public.inbound_messages) is
    'Whose messages an answer concerns, as the owner of suppressions; null: those of all senders.';

create or replace function ddp.is_last_word(p_message public.inbound_messages) returns boolean
    language sql stable
    set search_path = ''
as $$
    select not exists (
        select from public.inbound_messages later
        where later.phone_hash = p_message.phone_hash and later.received_at >= p_message.received_at
            and later.verdict in ('stop', 'start') and later.verdict <> p_message.verdict
            and ddp.scope_of(later) is not distinct from ddp.scope_of(p_message)
            and (later.received_at > p_message.received_at or p_message.verdict <> 'stop')
    )
$$;
comment on function ddp.is_last_word(public.inbound_messages) is
    'Whether nobody said STOP or START of this number, in the same scope, after this message.';

create or replace function ddp.store_inbound_messages(
    p_provider_ids text[], p_received_at timestamptz[], p_identities text[], p_phones text[], p_hashes bytea[],
    p_bodies text[], p_verdicts text[], p_answered text[]
) returns uuid[]
    language sql volatile
    set search_path = ''
as $$
    with stored as (
        insert into public.inbound_messages (
            provider_message_id, received_at, identity, country, phone, shown_phone, phone_hash, body, verdict,
            owner_user_id, is_for_everyone, sms_send_id
        )
        select
            g.provider_id, least(g.received_at, now()), g.identity, coalesce(send.country, identity.country), g.phone,
            -- Who is told by a brand's campaign to whom it was sent sees no numbers.
            case when send.recipients_masked then left(g.phone, 3) || '***' || right(g.phone, 2) else g.phone end,
            g.phone_hash, g.body, g.verdict,
            coalesce(identity.account_id, send.created_by_user_id),
            -- An identity that was another account's when it sent the message: who is meant is not certain.
            identity.account_id is null or coalesce(identity.account_id <> send.created_by_user_id, false),
            case when coalesce(identity.account_id = send.created_by_user_id, true) then send.sms_send_id end
        from unnest(
            p_provider_ids, p_received_at, p_identities, p_phones, p_hashes, p_bodies, p_verdicts, p_answered
        ) g (provider_id, received_at, identity, phone, phone_hash, body, verdict, answered)
        left join lateral (
            -- One identity may serve several countries: it is an account's only if it is in all of them.
            select
                case when count(distinct i.assigned_to_user_id) = 1 and count(i.assigned_to_user_id) = count(*)
                    then (array_agg(i.assigned_to_user_id))[1] end as account_id,
                min(i.country) as country, array_agg(i.bucket) as buckets
            from public.origination_identities i
            where i.identity = g.identity
        ) identity on true
        left join lateral (
            select s.sms_send_id, s.created_by_user_id, s.country, coalesce(p.recipients_masked, false) as recipients_masked
            from public.sms_sends s
            left join public.send_plans p on p.sms_campaign_id = s.sms_campaign_id
            where s.recipient_hash = g.phone_hash and s.sent_at is not null
                and (
                    s.provider_message_id = g.answered
                    or s.sent_at > g.received_at - interval '30 days' and s.bucket = any (identity.buckets)
                )
            order by coalesce(s.provider_message_id = g.answered, false) desc, s.sent_at desc
            limit 1
        ) send on true
        order by g.provider_id
        on conflict do nothing
        returning inbound_message_id
    )
    select coalesce(array_agg(s.inbound_message_id), '{}') from stored s
$$;
comment on function ddp.store_inbound_messages(
    text[], timestamptz[], text[], text[], bytea[], text[], text[], text[]
) is 'Stores messages that are not stored yet, with whose they are and what they answer; returns their ids.';

create or replace function ddp.lift_stops(p_messages uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_hashes bytea[];
begin
    -- Locked in the order of the key, as stops insert them.
    with own as materialized (
        select x.suppression_id, x.address_hash, x.owner_user_id
        from public.inbound_messages m
        join public.suppressions x on x.address_hash = m.phone_hash and x.channel = 'sms'
            and x.owner_user_id is not distinct from ddp.scope_of(m)
        where m.inbound_message_id = any (p_messages) and x.reason in ('stop', 'in_question')
        order by x.address_hash, x.owner_user_id, x.reason
        for update of x
    ), lifted as (
        delete from public.suppressions x using own o where x.suppression_id = o.suppression_id
        returning x.address_hash, x.owner_user_id, x.reason
    )
    select coalesce(array_agg(l.address_hash) filter (where l.owner_user_id is null and l.reason = 'stop'), '{}')
    into v_hashes
    from lifted l;
    -- The provider takes a number back once in 30 days.
    update public.inbound_messages m set returns_at = known.returned_at + interval '30 days'
    from ddp.opt_out_returns known
    where m.inbound_message_id = any (p_messages) and m.phone_hash = any (v_hashes) and m.is_for_everyone
        and known.phone_hash = m.phone_hash and known.returned_at + interval '30 days' > now();
    perform ddp.queue_opt_outs(array_agg(m.phone), 'delete', array_agg(m.returns_at))
    from public.inbound_messages m
    where m.inbound_message_id = any (p_messages) and m.phone_hash = any (v_hashes) and m.is_for_everyone;
    -- Of an identity that all share, consent is to whom the person answered.
    perform ddp.record_phone_consent(
        -- Given now: by its arrival, it could seem older than the STOP before it, which ended what there was.
        m.owner_user_id, m.phone_hash, 'start', left(coalesce(m.body, 'START'), 500), clock_timestamp()
    )
    from (
        select n.* from public.inbound_messages n
        where n.inbound_message_id = any (p_messages) and n.owner_user_id is not null
        order by n.phone_hash, n.owner_user_id
    ) m;
end
$$;
comment on function ddp.lift_stops(uuid[]) is
    'What START does: lifts `stop` and `in_question` in the scope of each message, and nothing else; records consent; queues '
    'for the provider''s list the numbers that it may have to forget.';

create or replace function ddp.wanted_sms_replies(p_messages uuid[]) returns table (
    inbound_message_id uuid, kind text, country text, sender text, contact text
)
    language sql stable
    set search_path = ''
as $$
    with candidates as (
        select
            m.inbound_message_id, m.phone_hash, m.verdict, i.country, i.contact, m.received_at,
            coalesce(u.user_name, m.identity) as sender
        from public.inbound_messages m
        join lateral (
            select o.* from public.origination_identities o
            where o.identity = m.identity
            order by (o.country = m.country) desc, o.country
            limit 1
        -- Elsewhere the provider answers, and US toll-free the carrier.
        ) i on i.manages_opt_outs and not (i.kind = 'toll_free' and i.country = 'US')
        left join public.users u on u.user_id = m.owner_user_id
        where m.inbound_message_id = any (p_messages)
            and case m.verdict
                when 'help' then true
                -- A repetition has its confirmation, unless the person came back in between.
                when 'stop' then ddp.is_last_word(m) and not exists (
                    select from public.inbound_messages before
                    where before.phone_hash = m.phone_hash and before.identity = m.identity and before.verdict = 'stop'
                        and before.received_at > m.received_at - interval '24 hours'
                        and (before.received_at, before.inbound_message_id) < (m.received_at, m.inbound_message_id)
                        and not exists (
                            select from public.inbound_messages between_them
                            where between_them.phone_hash = m.phone_hash and between_them.verdict = 'start'
                                and between_them.received_at > before.received_at
                                and between_them.received_at < m.received_at
                        )
                )
                -- Nobody is promised messages that do not come.
                when 'start' then ddp.is_last_word(m) and m.returns_at is null and not exists (
                    select from public.suppressions x
                    where x.address_hash = m.phone_hash and x.channel = 'sms'
                        and (x.owner_user_id is null or x.owner_user_id = m.owner_user_id)
                )
                else false
            end
    ), numbered as (
        select
            c.*, row_number() over (partition by c.phone_hash order by c.received_at, c.inbound_message_id) + (
                select count(*) from ddp.sms_replies r
                where r.phone_hash = c.phone_hash and r.created_at > now() - interval '24 hours'
            ) as number_of_the_day
        from candidates c
    )
    select n.inbound_message_id, n.verdict, n.country, n.sender, n.contact
    from numbered n
    where n.number_of_the_day <= 3
$$;
comment on function ddp.wanted_sms_replies(uuid[]) is
    'Which of these messages get an automatic answer: of a STOP one confirmation, not again within 24 hours; of HELP and START '
    'one each; none where provider or carrier answer; at most three for a number in 24 hours.';

create or replace function ddp.apply_inbound_messages(
    p_provider_ids text[], p_received_at timestamptz[], p_identities text[], p_phones text[], p_hashes bytea[],
    p_bodies text[], p_verdicts text[], p_answered text[]
) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_new uuid[];
    v_stops record;
begin
    perform ddp.lock_numbers(p_hashes);
    v_new := ddp.store_inbound_messages(
        p_provider_ids, p_received_at, p_identities, p_phones, p_hashes, p_bodies, p_verdicts, p_answered
    );

    select
        array_agg(m.phone_hash) as hashes, array_agg(m.phone) as phones, array_agg(ddp.scope_of(m)) as owners,
        array_agg(m.sms_send_id) as sends
    into v_stops
    from public.inbound_messages m
    where m.inbound_message_id = any (v_new) and m.verdict = 'stop' and ddp.is_last_word(m);
    if v_stops.hashes is not null then
        perform ddp.stop_phones(v_stops.hashes, v_stops.phones, v_stops.owners, v_stops.sends, 'stop');
        -- An answer that says the opposite would be wrong by now.
        update ddp.sms_replies r set outcome = 'too-late', ended_at = now(), phone = null
        where r.phone_hash = any (v_stops.hashes) and r.kind = 'start' and r.started_at is null and r.ended_at is null;
    end if;
    -- Marketing waits with the person who has to read it.
    perform ddp.suppress_addresses(
        'sms', array_agg(m.phone_hash), array_agg(ddp.scope_of(m)),
        array_agg('in_question'::public.suppression_reason), array_agg(m.sms_send_id)
    )
    from public.inbound_messages m
    where m.inbound_message_id = any (v_new) and m.verdict = 'person'
        and not exists (
            select from public.inbound_messages later
            where later.phone_hash = m.phone_hash and later.received_at > m.received_at and later.verdict = 'start'
                and ddp.scope_of(later) is not distinct from ddp.scope_of(m)
        )
    having count(*) > 0;
    perform ddp.lift_stops(array_agg(m.inbound_message_id))
    from public.inbound_messages m
    where m.inbound_message_id = any (v_new) and m.verdict = 'start' and ddp.is_last_word(m)
    having count(*) > 0;

    return jsonb_build_object(
        'stored', cardinality(v_new),
        'unknown_identities', (
            select coalesce(jsonb_agg(distinct m.identity), '[]') from public.inbound_messages m
            where m.inbound_message_id = any (v_new)
                and not exists (select from public.origination_identities i where i.identity = m.identity)
        ),
        'replies', (select coalesce(jsonb_agg(to_jsonb(w)), '[]') from ddp.wanted_sms_replies(v_new) w)
    );
end
$$;
comment on function ddp.apply_inbound_messages(
    text[], timestamptz[], text[], text[], bytea[], text[], text[], text[]
) is
    'Takes messages that came in: stores each once, does what it asks for, and returns how many were new (`stored`), identities '
    'that are not ours (`unknown_identities`: their messages are stored, and STOP holds for everyone), and which messages get '
    'an automatic answer (`replies`: see ddp.wanted_sms_replies), to be added with ddp.add_sms_replies in the same transaction.';

revoke all on function
    ddp.lock_numbers(bytea[]), ddp.scope_of(public.inbound_messages), ddp.is_last_word(public.inbound_messages),
    ddp.store_inbound_messages(text[], timestamptz[], text[], text[], bytea[], text[], text[], text[]),
    ddp.lift_stops(uuid[]), ddp.wanted_sms_replies(uuid[]),
    ddp.apply_inbound_messages(text[], timestamptz[], text[], text[], bytea[], text[], text[], text[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.lock_numbers(bytea[]), ddp.scope_of(public.inbound_messages), ddp.is_last_word(public.inbound_messages),
    ddp.store_inbound_messages(text[], timestamptz[], text[], text[], bytea[], text[], text[], text[]),
    ddp.lift_stops(uuid[]), ddp.wanted_sms_replies(uuid[]),
    ddp.apply_inbound_messages(text[], timestamptz[], text[], text[], bytea[], text[], text[], text[])
    to service_role;
