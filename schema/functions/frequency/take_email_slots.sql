-- twin: sms (count_sms_sends, recount_sms_sends, take_sms_slots)
-- requires: functions/frequency_caps.sql, policies/email_sends.sql, policies/send_plans.sql, policies/sending.sql
-- Who has had as many messages as a frequency cap allows. Counters change in the transaction that commits that a call starts,
-- and are locked until its end: of two workers that write to one recipient, the later one sees what the earlier one took.
-- They are locked in the order of owner and recipient, before any row of the ledger.
--
-- Nobody gives a slot back. A counter that is full is compared with the ledger: messages that certainly were not accepted
-- count no more. So an unknown result keeps its slot, and a message that is tried again uses its own.

create or replace function ddp.count_email_sends(p_cap ddp.frequency_caps, p_email_send_ids uuid[], p_now timestamptz)
    returns uuid[]
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_since constant timestamptz := p_now - make_interval(hours => 24 * p_cap.days);
    v_left uuid[];
begin
    -- One pass, for counters with room, or none yet. It locks the others, too.
    with given as materialized (
        select s.email_send_id, s.attempt, s.recipient_hash
        from public.email_sends s
        join public.send_plans p on p.email_campaign_id = s.email_campaign_id
        where s.email_send_id = any (p_email_send_ids) and s.recipient_hash is not null
            and p.message_type <> 'transactional'
            and (s.created_by_user_id = p_cap.owner_id or p_cap.owner_id = ddp.whole_platform())
    ), counted as (
        insert into ddp.recipient_counters as k (
            channel, owner_id, recipient_hash, send_ids, attempts, counted_at, last_at
        )
        select distinct on (g.recipient_hash)
            'email', p_cap.owner_id, g.recipient_hash, array[g.email_send_id], array[g.attempt], array[p_now], p_now
        from given g
        order by g.recipient_hash, g.email_send_id
        on conflict (recipient_hash, owner_id, channel) do update
        set send_ids = case when cardinality(k.send_ids) < p_cap.messages then k.send_ids || excluded.send_ids
                else k.send_ids[cardinality(k.send_ids) + 2 - p_cap.messages:] || excluded.send_ids end,
            attempts = case when cardinality(k.send_ids) < p_cap.messages then k.attempts || excluded.attempts
                else k.attempts[cardinality(k.send_ids) + 2 - p_cap.messages:] || excluded.attempts end,
            -- Oldest first, although two sessions may read their clocks in another order.
            counted_at = case when cardinality(k.send_ids) < p_cap.messages then k.counted_at
                else k.counted_at[cardinality(k.send_ids) + 2 - p_cap.messages:] end || greatest(k.last_at, p_now),
            last_at = greatest(k.last_at, p_now)
        where (
                cardinality(k.send_ids) < p_cap.messages
                or k.counted_at[cardinality(k.send_ids) + 1 - p_cap.messages] <= v_since
            )
            and excluded.send_ids[1] <> all (k.send_ids)
        returning k.send_ids[cardinality(k.send_ids)] as email_send_id
    )
    select coalesce(array_agg(g.email_send_id), '{}') into v_left
    from given g
    where not exists (select from counted c where c.email_send_id = g.email_send_id);
    return v_left;
end
$$;
comment on function ddp.count_email_sends(ddp.frequency_caps, uuid[], timestamptz) is
    'Takes a slot under a cap for each of these messages that it holds for and whose recipient surely has one left. Returns '
    'the others that it holds for; the counters of all are locked.';

create or replace function ddp.recount_email_sends(p_cap ddp.frequency_caps, p_email_send_ids uuid[], p_now timestamptz)
    returns uuid[]
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_over uuid[];
begin
    with wanted as materialized (
        select s.email_send_id, s.attempt, s.recipient_hash
        from public.email_sends s
        where s.email_send_id = any (p_email_send_ids)
    ), standing as materialized (
        select k.recipient_hash, e.send_id, e.attempt, e.counted_at,
            e.counted_at > p_now - make_interval(hours => 24 * p_cap.days) as counts
        from ddp.recipient_counters k
        cross join lateral unnest(k.send_ids, k.attempts, k.counted_at) e (send_id, attempt, counted_at)
        where k.channel = 'email' and k.owner_id = p_cap.owner_id
            and k.recipient_hash in (select w.recipient_hash from wanted w)
            and not exists (
                select from public.email_sends s
                where s.email_send_id = e.send_id and s.accepted_attempts = 0
                    -- At a later attempt, the one that was counted may have been accepted.
                    and s.attempt = e.attempt
                    and (
                        s.status in ('pending', 'failed', 'suppressed', 'cancelled', 'missed')
                        -- Claimed again: its start will ask for a slot.
                        or s.status = 'sending' and not exists (
                            select from ddp.send_calls c
                            where c.send_call_id = s.send_call_id and c.started_at is not null
                        )
                    )
            )
    ), judged as materialized (
        select w.*, own.attempt as own_attempt, own.send_id is not null or p_cap.messages >= coalesce(used.messages, 0)
            + row_number() over (partition by w.recipient_hash, own.send_id is null order by w.email_send_id) as may_go
        from wanted w
        left join standing own on own.send_id = w.email_send_id and own.counts
        left join (
            select s.recipient_hash, count(*) as messages from standing s where s.counts group by s.recipient_hash
        ) used on used.recipient_hash = w.recipient_hash
    ), kept as (
        select e.*, row_number() over (partition by e.recipient_hash order by e.counted_at desc, e.send_id desc) as age
        from (
            select s.recipient_hash, s.send_id, s.attempt, s.counted_at
            from standing s
            where s.send_id not in (select j.email_send_id from judged j where j.may_go)
            union all
            select j.recipient_hash, j.email_send_id, coalesce(j.own_attempt, j.attempt), p_now
            from judged j
            where j.may_go
        ) e
        where e.recipient_hash in (select j.recipient_hash from judged j where j.may_go)
    ), counted as (
        update ddp.recipient_counters k
        set send_ids = n.send_ids, attempts = n.attempts, counted_at = n.counted_at,
            last_at = n.counted_at[cardinality(n.counted_at)]
        from (
            select
                e.recipient_hash, array_agg(e.send_id order by e.age desc) as send_ids,
                array_agg(e.attempt order by e.age desc) as attempts,
                array_agg(e.counted_at order by e.age desc) as counted_at
            from kept e
            where e.age <= p_cap.messages
            group by e.recipient_hash
        ) n
        where k.channel = 'email' and k.owner_id = p_cap.owner_id and k.recipient_hash = n.recipient_hash
    )
    select coalesce(array_agg(j.email_send_id), '{}') into v_over from judged j where not j.may_go;
    return v_over;
end
$$;
comment on function ddp.recount_email_sends(ddp.frequency_caps, uuid[], timestamptz) is
    'The same for messages whose recipients (with locked counters) may have no slot left: compares the counters with the '
    'ledger. Returns the messages that are over the cap. Of several to one recipient, the first by id go.';

create or replace function ddp.take_email_slots(p_plans uuid[], p_email_send_ids uuid[], p_now timestamptz) returns uuid[]
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_cap ddp.frequency_caps;
    v_left uuid[];
    v_over uuid[] := '{}';
begin
    -- In the order of owners. The platform's cap comes last, and counts only what the senders' own let through.
    for v_cap in
        select c.*
        from ddp.frequency_caps c
        where c.channel = 'email' and (
            c.owner_id = ddp.whole_platform() or c.owner_id in (
                select p.created_by_user_id from public.send_plans p where p.send_plan_id = any (p_plans)
            )
        )
        order by c.owner_id
    loop
        v_left := ddp.count_email_sends(v_cap, p_email_send_ids, p_now);
        if v_left <> '{}' then
            v_over := v_over || ddp.recount_email_sends(v_cap, v_left, p_now);
            p_email_send_ids := array(
                select g.email_send_id from unnest(p_email_send_ids) g (email_send_id) where g.email_send_id <> all (v_over)
            );
        end if;
    end loop;
    return v_over;
end
$$;
comment on function ddp.take_email_slots(uuid[], uuid[], timestamptz) is
    'Counts messages (of these plans) whose calls start now under the frequency caps of their senders and of the platform. '
    'Returns those that are over a cap, and must not go.';
revoke all on function
    ddp.count_email_sends(ddp.frequency_caps, uuid[], timestamptz),
    ddp.recount_email_sends(ddp.frequency_caps, uuid[], timestamptz), ddp.take_email_slots(uuid[], uuid[], timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.count_email_sends(ddp.frequency_caps, uuid[], timestamptz),
    ddp.recount_email_sends(ddp.frequency_caps, uuid[], timestamptz), ddp.take_email_slots(uuid[], uuid[], timestamptz)
    to service_role;
