-- requires: functions/email_rate.sql, functions/expand_not_before.sql
-- Claims messages that may be sent now: the rows that a claim returns belong to the caller until their lease ends.

create or replace function ddp.due_email_chunks(p_until timestamptz)
    returns table (
        send_plan_id uuid, chunk_no integer, sender_user_id uuid, last_served_at timestamptz, ready_at timestamptz,
        allowance double precision
    )
    language sql stable
    set search_path = ''
as $$
    select
        p.send_plan_id, c.chunk_no, p.created_by_user_id, s.last_served_at,
        greatest(
            c.due_at, case when t.tokens < 1 then clock_timestamp() + (1 - t.tokens) / s.max_per_second * interval '1 second' end
        ),
        t.tokens
    from public.send_plans p
    join public.campaigns g on g.campaign_id = p.campaign_id
    left join public.senders s on s.user_id = p.created_by_user_id and s.channel = 'email'
    cross join lateral (
        select c.chunk_no, c.due_at
        from ddp.send_chunks c
        where c.send_plan_id = p.send_plan_id and c.due_at <= p_until
        order by c.due_at, c.chunk_no
        limit 1
    ) c
    cross join lateral (
        select case when s.max_per_second is not null then least(
            greatest(s.max_per_second, 1),
            s.tokens + extract(epoch from clock_timestamp() - s.filled_at)::double precision * s.max_per_second
        ) end as tokens
    ) t
    where p.completed_at is null and p.cancelled_at is null and p.failed_at is null and p.paused_at is null
        and p.email_campaign_id is not null
        and g.campaign_status = 'active'
        and s.paused_at is null
$$;
comment on function ddp.due_email_chunks(timestamptz) is
    'The first due chunk of each plan that may be sent. allowance: what the sender''s own limit leaves; null: no limit.';

create or replace function ddp.claim_email_sends(p_bucket text, p_limit integer, p_lease interval)
    returns table (
        send_call_id uuid, send_plan_id uuid, email_campaign_id uuid, sender_user_id uuid, chunk_no integer,
        email_send_id uuid, attempt smallint, recipient_email varchar, recipient_name varchar, recipient_hash bytea,
        template_data jsonb
    )
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_bucket constant ddp.rate_buckets := ddp.lock_email_bucket(p_bucket);
    v_now constant timestamptz := clock_timestamp();
    v_due record;
    v_plan public.send_plans;
    v_rows integer;
begin
    select d.* into v_due
    from ddp.due_email_chunks(v_now) d
    where d.ready_at <= v_now
    order by d.last_served_at nulls first, d.sender_user_id, d.ready_at
    limit 1;
    if v_due is null or least(v_bucket.tokens, v_bucket.daily_left) < 1 then
        return;
    end if;

    -- A pause, a cancellation or the end of the campaign either waits for this transaction or is seen by it.
    select p.* into v_plan
    from public.send_plans p
    join public.campaigns g on g.campaign_id = p.campaign_id
    where p.send_plan_id = v_due.send_plan_id and p.paused_at is null and p.cancelled_at is null
        and p.failed_at is null and g.campaign_status = 'active'
    for share;
    insert into public.senders (user_id, channel) values (v_due.sender_user_id, 'email') on conflict do nothing;
    perform from public.senders s
    where s.user_id = v_due.sender_user_id and s.channel = 'email' and s.paused_at is null
    for no key update;
    if not found or v_plan.send_plan_id is null then
        return;
    end if;

    return query
    with picked as materialized (
        select s.email_send_id, s.not_before, s.recipient_hash, s.time_zone
        from public.email_sends s
        where s.email_campaign_id = v_plan.email_campaign_id and s.chunk_no = v_due.chunk_no
            and s.status = 'pending' and s.not_before <= v_now
        order by s.not_before
        limit floor(least(p_limit, v_bucket.tokens, v_bucket.daily_left, v_due.allowance))::bigint
        for update skip locked
    ), judged as materialized (
        select
            k.email_send_id, q.allowed_at,
            case
                -- Waiting for the rate limit does not count as late; waiting through a pause or an outage does.
                when k.not_before + v_plan.max_lateness < greatest(v_bucket.serving_since, v_plan.resumed_at)
                    then 'missed'
                when exists (
                    select from public.suppressions x
                    where x.address_hash = k.recipient_hash and x.channel = 'email'
                        and (x.owner_user_id is null or x.owner_user_id = v_due.sender_user_id)
                ) then 'suppressed'
                when q.allowed_at > v_now then 'pending'
                else 'sending'
            end::public.email_send_status as verdict
        from picked k
        cross join lateral (
            select case when v_plan.quiet_from is not null then ddp.expand_not_before(
                v_now, coalesce(k.time_zone, v_plan.time_zone), v_plan.quiet_from, v_plan.quiet_until
            ) end as allowed_at
        ) q
    ), placed as materialized (
        select
            j.*,
            (row_number() over (partition by j.verdict order by j.email_send_id) - 1) / v_plan.call_size as call_index
        from judged j
    ), calls as materialized (
        select p.call_index, gen_random_uuid() as send_call_id, count(*) as recipients
        from placed p
        where p.verdict = 'sending'
        group by p.call_index
    ), made as (
        insert into ddp.send_calls (send_call_id, send_plan_id, chunk_no, channel, recipients, leased_until)
        select c.send_call_id, v_plan.send_plan_id, v_due.chunk_no, 'email', c.recipients, v_now + p_lease
        from calls c
    ), changed as (
        update public.email_sends s
        set status = p.verdict,
            not_before = case p.verdict when 'pending' then p.allowed_at else s.not_before end,
            send_call_id = c.send_call_id
        from placed p
        left join calls c on c.call_index = p.call_index and p.verdict = 'sending'
        where s.email_send_id = p.email_send_id
        returning s.*
    )
    select
        s.send_call_id, v_plan.send_plan_id, s.email_campaign_id, s.created_by_user_id, s.chunk_no, s.email_send_id,
        s.attempt, s.recipient_email, s.recipient_name, s.recipient_hash, s.template_data
    from changed s
    where s.status = 'sending'
    order by s.send_call_id, s.email_send_id;
    get diagnostics v_rows = row_count;

    update ddp.send_chunks c
    set due_at = (
        select min(s.not_before)
        from public.email_sends s
        where s.email_campaign_id = v_plan.email_campaign_id and s.chunk_no = v_due.chunk_no and s.status = 'pending'
    )
    where c.send_plan_id = v_plan.send_plan_id and c.chunk_no = v_due.chunk_no;
    update ddp.send_chunks c set queued_at = null  -- it will need another message when it is due again
    where c.send_plan_id = v_plan.send_plan_id and c.chunk_no = v_due.chunk_no and c.due_at > v_now;
    update ddp.rate_buckets b set tokens = b.tokens - v_rows, daily_left = b.daily_left - v_rows
    where b.bucket = p_bucket;
    update public.senders s
    set last_served_at = v_now, filled_at = v_now, tokens = coalesce(v_due.allowance, 0) - v_rows
    where s.user_id = v_due.sender_user_id and s.channel = 'email';
    if v_plan.started_at is null and v_rows > 0 then
        update public.send_plans p set started_at = v_now where p.send_plan_id = v_plan.send_plan_id;
    end if;
end
$$;
comment on function ddp.claim_email_sends(text, integer, interval) is
    'Claims up to p_limit due messages of one chunk, of the sender that was served least recently, as far as tokens '
    'allow, and returns them grouped into provider calls. Late ones become missed, suppressed ones suppressed, and those '
    'in quiet hours wait. No rows: nothing is due, there are no tokens, or the chunk''s due messages have been settled '
    'meanwhile; ddp.email_wait says when to ask again.';

create or replace function ddp.email_wait(p_bucket text) returns double precision
    language sql volatile
    set search_path = ''
as $$
    select least(300, greatest(
        0,
        extract(epoch from min(d.ready_at) - clock_timestamp()),
        max(case
            when b.daily_left < 1 then 300
            when b.tokens < 1 then (least(b.per_second, 50) - b.tokens) / (b.per_second * b.pace)
        end)
    ))::double precision
    from ddp.due_email_chunks(clock_timestamp() + interval '15 minutes') d
    left join ddp.rate_buckets b on b.bucket = p_bucket
    having count(*) > 0
$$;
comment on function ddp.email_wait(text) is
    'Seconds until there may be something to claim, at most 300; null: nothing is due within 15 minutes.';
revoke all on function
    ddp.due_email_chunks(timestamptz), ddp.claim_email_sends(text, integer, interval), ddp.email_wait(text)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.due_email_chunks(timestamptz), ddp.claim_email_sends(text, integer, interval), ddp.email_wait(text)
    to service_role;
