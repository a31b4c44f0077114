-- twin: sms (pick_sms_sends, place_sms_sends, claim_sms_sends)
-- requires: functions/next_chunk.sql, functions/email_hours.sql, functions/sms_hours.sql, functions/hold_email_sends.sql
-- requires: functions/email_price.sql, functions/sms_price.sql, functions/sms_attempts.sql, functions/email_details.sql, functions/sms_details.sql
-- requires: policies/suppressions.sql, functions/due_from.sql, functions/email_refusals.sql, functions/sms_refusals.sql
-- Claims messages that may be sent now: the rows that a claim returns belong to the caller until their lease ends.

create or replace function ddp.pick_email_sends(
    p_plan public.send_plans, p_chunk_no integer, p_limit bigint, p_served_since timestamptz
) returns table (
    email_send_id uuid, verdict public.email_send_status, allowed_at timestamptz, units smallint, price numeric
)
    language sql volatile
    set search_path = ''
as $$
    with due as materialized (
        select s.email_send_id, ddp.due_from(s.not_before, s.variant, p_plan.rest_since) as not_before, s.recipient_hash,
            ddp.email_clock(s) as clock, s.units, ddp.email_to_reserve(s) as price
        from public.email_sends s
        where s.email_campaign_id = p_plan.email_campaign_id and s.chunk_no = p_chunk_no
            and s.status = 'pending' and s.not_before <= clock_timestamp()
        order by s.not_before
        limit p_limit
        for update skip locked
    ), hours as materialized (
        -- Once for each clock, because hours may take long to work out.
        select c.clock, ddp.email_allowed_at(clock_timestamp(), p_plan, c.clock) as allowed_at
        from (select distinct d.clock from due d) c
        where ddp.email_has_hours(p_plan)
    )
    select
        d.email_send_id,
        case
            -- Waiting for the rate limit does not count as late; waiting through a pause or an outage does.
            when d.not_before + p_plan.max_lateness < p_served_since then 'missed'
            when exists (
                select from public.suppressions x
                where x.address_hash = d.recipient_hash and x.channel = 'email'
                    and (x.owner_user_id is null or x.owner_user_id = p_plan.created_by_user_id)
                    and ddp.email_heeds(p_plan.message_type, x.reason)
            ) then 'suppressed'
            when hours.allowed_at > clock_timestamp() then 'pending'
            else 'sending'
        end::public.email_send_status,
        hours.allowed_at, d.units, d.price
    from due d
    left join hours on hours.clock = d.clock
    order by d.not_before, d.email_send_id
$$;
comment on function ddp.pick_email_sends(public.send_plans, integer, bigint, timestamptz) is
    'Locks due recipients of a chunk and judges them: sending (may go), suppressed, missed, or pending until allowed_at. '
    'In the order in which they may go. p_served_since: those that were too late by then are missed.';

drop function if exists ddp.place_email_sends(public.send_plans, integer, uuid[], interval);
create or replace function ddp.place_email_sends(
    p_plan public.send_plans, p_chunk_no integer, p_email_send_ids uuid[], p_lease interval, p_worker uuid
) returns table (
    send_call_id uuid, send_plan_id uuid, sender_user_id uuid, email_send_id uuid, attempt smallint,
    recipient_email varchar, recipient_name varchar, recipient_hash bytea, template_data jsonb, bucket varchar, details jsonb
)
    language sql volatile
    set search_path = ''
as $$
    with placed as (
        select g.email_send_id, (row_number() over (order by g.email_send_id) - 1) / p_plan.call_size as call_index
        from unnest(p_email_send_ids) g (email_send_id)
    ), calls as materialized (
        select p.call_index, gen_random_uuid() as send_call_id, count(*) as recipients
        from placed p
        group by p.call_index
    ), made as (
        insert into ddp.send_calls (send_call_id, send_plan_id, chunk_no, channel, recipients, leased_until, worker)
        select
            c.send_call_id, p_plan.send_plan_id, p_chunk_no, 'email', c.recipients, clock_timestamp() + p_lease, p_worker
        from calls c
    ), claimed as (
        update public.email_sends s
        -- What is decided of the rest holds for this recipient from now on.
        set status = 'sending', send_call_id = c.send_call_id, variant = coalesce(s.variant, p_plan.winner),
            not_before = ddp.due_from(s.not_before, s.variant, p_plan.rest_since)
        from placed p
        join calls c on c.call_index = p.call_index
        where s.email_send_id = p.email_send_id
        returning s.*
    )
    select
        c.send_call_id, p_plan.send_plan_id, c.created_by_user_id, c.email_send_id, c.attempt, c.recipient_email,
        c.recipient_name, c.recipient_hash, c.template_data, c.bucket,
        case
            when p_plan.test_share is null then d.details
            else coalesce(d.details, '{}') || jsonb_build_object('variant', c.variant)
        end
    from claimed c
    left join ddp.email_details(p_plan, p_email_send_ids) d on d.send_id = c.email_send_id
    order by c.send_call_id, c.email_send_id
$$;
comment on function ddp.place_email_sends(public.send_plans, integer, uuid[], interval, uuid) is
    'Puts (locked) recipients into provider calls of the plan''s size, under the worker''s lease, and returns them.';

drop function if exists ddp.claim_email_sends(integer, interval);
create or replace function ddp.claim_email_sends(
    p_limit integer, p_lease interval, p_worker uuid default null, p_is_idle boolean default true
)
    returns table (
        send_call_id uuid, send_plan_id uuid, sender_user_id uuid, email_send_id uuid, attempt smallint,
        recipient_email varchar, recipient_name varchar, recipient_hash bytea, template_data jsonb, bucket varchar,
        details jsonb, hold text
    )
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_chunk record;
    v_plan public.send_plans;
    v_bucket ddp.rate_buckets;
    v_ready record;
    v_fits integer;
    v_hold text;
begin
    select n.* into v_chunk from ddp.next_chunk('email', p_worker, p_is_idle) n;
    if v_chunk.send_plan_id is null then
        return;
    end if;
    select p.* into v_plan from public.send_plans p where p.send_plan_id = v_chunk.send_plan_id;
    v_hold := coalesce(v_chunk.hold, case when p_worker is not null and v_plan.started_at is null then 'trial' end);
    if v_hold in ('alone', 'slow') then
        -- Little at a time: a call is what its worker cannot be rid of.
        p_limit := least(p_limit, v_plan.call_size);
        p_lease := least(p_lease, interval '1 minute');
    end if;
    select b.* into v_bucket from ddp.rate_buckets b where b.bucket = v_chunk.bucket;
    v_bucket := ddp.filled(v_bucket, clock_timestamp());

    -- Picked before the bucket's lock, by a look at what it may hold.
    with picked as materialized (
        select p.*
        from ddp.pick_email_sends(
            v_plan, v_chunk.chunk_no,
            -- least() and greatest() skip nulls: no limit, never resumed.
            ceil(least(p_limit, v_bucket.tokens, v_bucket.daily_left, v_chunk.allowance))::bigint,
            greatest(v_bucket.serving_since, v_plan.resumed_at)
        ) with ordinality p (email_send_id, verdict, allowed_at, units, price, place)
    )
    select
        array_agg(p.email_send_id order by p.place) filter (where p.verdict = 'sending') as ids,
        array_agg(p.units order by p.place) filter (where p.verdict = 'sending') as units,
        array_agg(p.price order by p.place) filter (where p.verdict = 'sending') as prices,
        array_agg(p.email_send_id) filter (where p.verdict <> 'sending') as held_ids,
        array_agg(p.verdict) filter (where p.verdict <> 'sending') as held_verdicts,
        array_agg(p.allowed_at) filter (where p.verdict <> 'sending') as held_until
    into v_ready
    from picked p;
    if v_ready.held_ids is not null then
        perform ddp.hold_email_sends(v_ready.held_ids, v_ready.held_verdicts, v_ready.held_until);
    end if;

    -- Before the bucket, whose holders wait for nothing: who records results holds budgets, and then slows a bucket down.
    perform ddp.lock_email_budgets(v_plan.send_plan_id) where v_ready.ids is not null;
    v_bucket := ddp.lock_bucket(v_chunk.bucket, 'email');
    v_fits := ddp.count_that_fit(
        v_ready.units, least(v_bucket.tokens, v_bucket.daily_left, v_chunk.allowance)
    );
    v_fits := ddp.reserve_email_price(v_plan.send_plan_id, v_ready.prices[1:v_fits]);
    return query select p.*, v_hold
    from ddp.place_email_sends(v_plan, v_chunk.chunk_no, v_ready.ids[1:v_fits], p_lease, p_worker) p;
    perform ddp.note_served(
        v_plan.send_plan_id, v_chunk.chunk_no,
        (
            -- Apart from min(), which reads no more than the beginning of an index.
            select greatest(pending.first, v_plan.rest_since)
            from (
                select min(s.not_before) as first
                from public.email_sends s
                where s.email_campaign_id = v_plan.email_campaign_id and s.chunk_no = v_chunk.chunk_no
                    and s.status = 'pending'
            ) pending
            where pending.first is not null
        ),
        v_chunk.bucket, v_chunk.sender_user_id,
        (select coalesce(sum(u.units), 0) from unnest(v_ready.units[1:v_fits]) u (units)),
        case when v_hold is not null and v_fits > 0 then p_worker end
    );
end
$$;
comment on function ddp.claim_email_sends(integer, interval, uuid, boolean) is
    'Claims up to p_limit due messages of one chunk, of the sender that was served least recently, as far as tokens and '
    'money allow, and returns them grouped into provider calls. Late ones become missed, suppressed ones suppressed, and '
    'those in quiet hours wait. No rows: nothing is due, there are no tokens, or the chunk''s due messages have been '
    'settled meanwhile; ddp.send_wait says when to ask again. details: what else the channel composes from (ddp.email_details), and the variant of a plan that tests some. '
    'p_worker: who claims; hold: why it now holds the sender, until '
    'ddp.free_sender: `trial` (the plan''s first claim: nobody knows yet what its content takes), `slow` or `alone` (see '
    'ddp.hold_of_claim); null: it does not. p_is_idle: it has no other messages to compose.';
revoke all on function
    ddp.pick_email_sends(public.send_plans, integer, bigint, timestamptz),
    ddp.place_email_sends(public.send_plans, integer, uuid[], interval, uuid),
    ddp.claim_email_sends(integer, interval, uuid, boolean)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.pick_email_sends(public.send_plans, integer, bigint, timestamptz),
    ddp.place_email_sends(public.send_plans, integer, uuid[], interval, uuid),
    ddp.claim_email_sends(integer, interval, uuid, boolean)
    to service_role;
