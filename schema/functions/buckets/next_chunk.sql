-- requires: functions/rate_buckets.sql, functions/note_deaths.sql, views/ddp_sendable_plans.sql
-- Whom a claim serves, chosen before it takes any tokens. Each step locks what it looks at and passes over what somebody
-- else has locked. A claim waits in three places only: at its beginning, for another claim, while it holds nothing; and at
-- its end, for the plan's budgets, whose holders wait for buckets at most; then for the bucket, whose holders wait for
-- nothing. So it is never part of a dead lock.

create or replace function ddp.sender_allowance(p_sender public.senders) returns double precision
    language sql volatile
    set search_path = ''
    return case when p_sender.max_per_second is not null then least(
        greatest(p_sender.max_per_second, 1),
        p_sender.tokens
            + extract(epoch from clock_timestamp() - p_sender.filled_at)::double precision * p_sender.max_per_second
    ) end;
comment on function ddp.sender_allowance(public.senders) is
    'Units that the sender''s own limit leaves now; null: no limit of its own.';

create or replace function ddp.lock_next_sender(p_bucket text, p_may_wait boolean) returns ddp.bucket_senders
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_next ddp.bucket_senders;
begin
    select b.* into v_next
    from ddp.bucket_senders b
    where b.bucket = p_bucket and b.due_at <= clock_timestamp()
        and (b.held_until is null or b.held_until <= clock_timestamp())
    order by b.last_served_at nulls first, b.sender_user_id
    limit 1
    for no key update skip locked;
    if not found and p_may_wait then
        select b.* into v_next
        from ddp.bucket_senders b
        where b.bucket = p_bucket and b.due_at <= clock_timestamp()
            and (b.held_until is null or b.held_until <= clock_timestamp())
        order by b.last_served_at nulls first, b.sender_user_id
        limit 1
        for no key update;
    end if;
    return v_next;
end
$$;
comment on function ddp.lock_next_sender(text, boolean) is
    'Locks the sender of a bucket that was served least recently, of those that have something due and that no worker holds. '
    'p_may_wait: if other claims serve all of these, waits for one of them. Only a claim that holds nothing yet may wait.';

create or replace function ddp.first_chunk(p_next ddp.bucket_senders)
    returns table (send_plan_id uuid, chunk_no integer, due_at timestamptz)
    language sql stable
    set search_path = ''
    -- A few rows by index; never all plans, whatever the statistics say.
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    select c.send_plan_id, c.chunk_no, c.due_at
    from ddp.send_chunks c
    join ddp.sendable_plans p on p.send_plan_id = c.send_plan_id
    where c.bucket = p_next.bucket and c.sender_user_id = p_next.sender_user_id and c.due_at is not null
    order by c.due_at, c.chunk_no
    limit 1
$$;
comment on function ddp.first_chunk(ddp.bucket_senders) is
    'The chunk of the sender in that bucket that is due first, of plans that may be sent.';

create or replace function ddp.lock_chunk(p_send_plan_id uuid, p_chunk_no integer) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- A pause, a cancellation or the end of the campaign either waits for this transaction or is seen by it.
    perform from public.send_plans p
    join public.campaigns g on g.campaign_id = p.campaign_id
    where p.send_plan_id = p_send_plan_id and p.paused_at is null and p.cancelled_at is null and p.failed_at is null
        and g.campaign_status = 'active'
    for share skip locked;
    if not found then
        return false;
    end if;
    perform from ddp.send_chunks c
    where c.send_plan_id = p_send_plan_id and c.chunk_no = p_chunk_no
    for no key update skip locked;
    return found;
end
$$;
comment on function ddp.lock_chunk(uuid, integer) is
    'Locks a chunk, and its plan and campaign against changes; false if one of them is locked or no longer to be sent.';

create or replace function ddp.hold_of_claim(
    p_next ddp.bucket_senders, p_sender public.senders, p_send_plan_id uuid
) returns text
    language sql stable
    set search_path = ''
    return case
        -- A hold that nobody ended: its worker probably died, and the plan is not a suspect yet.
        when p_next.held_by is not null or ddp.is_suspect(p_send_plan_id) then 'alone'
        when p_sender.slow_until > clock_timestamp() then 'slow'
    end;
comment on function ddp.hold_of_claim(ddp.bucket_senders, public.senders, uuid) is
    'Why a claim holds its sender: `alone`, a worker died with it, so the next one has nothing else in its hands; `slow`, its '
    'content was slow; null: it need not.';

drop function if exists ddp.next_chunk_of_bucket(text, boolean);
create or replace function ddp.next_chunk_of_bucket(p_bucket text, p_may_wait boolean, p_worker uuid, p_is_idle boolean)
    returns table (
        send_plan_id uuid, chunk_no integer, bucket varchar, sender_user_id uuid, allowance double precision, hold text
    )
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_next ddp.bucket_senders;
    v_chunk record;
    v_sender public.senders;
    v_allowance double precision;
    v_hold text;
    v_look_again_at timestamptz;
begin
    loop
        v_next := ddp.lock_next_sender(p_bucket, p_may_wait);
        exit when v_next.bucket is null;
        p_may_wait := false;
        select f.* into v_chunk from ddp.first_chunk(v_next) f;
        select s.* into v_sender from public.senders s
        where s.user_id = v_next.sender_user_id and s.channel = v_next.channel;
        v_allowance := ddp.sender_allowance(v_sender);
        -- Workers of the release before hold nobody.
        v_hold := case when p_worker is not null then ddp.hold_of_claim(v_next, v_sender, v_chunk.send_plan_id) end;
        if v_chunk.due_at is null or v_chunk.due_at > clock_timestamp() then
            v_look_again_at := v_chunk.due_at;
        elsif v_allowance < 1 then
            v_look_again_at := clock_timestamp() + (1 - v_allowance) / v_sender.max_per_second * interval '1 second';
        elsif v_hold = 'alone' and not p_is_idle or not ddp.lock_chunk(v_chunk.send_plan_id, v_chunk.chunk_no) then
            v_look_again_at := clock_timestamp() + interval '0.1 seconds';
        else
            return query select
                v_chunk.send_plan_id, v_chunk.chunk_no, v_next.bucket, v_next.sender_user_id, v_allowance, v_hold;
            return;
        end if;
        update ddp.bucket_senders b set due_at = v_look_again_at
        where b.bucket = v_next.bucket and b.sender_user_id = v_next.sender_user_id;
    end loop;
end
$$;
comment on function ddp.next_chunk_of_bucket(text, boolean, uuid, boolean) is
    'The due chunk of the bucket''s sender that was served least recently, locked. Senders without one are passed over, and '
    'looked at again when they may have one. allowance: units that the sender''s own limit leaves; null: no limit. hold: see '
    'ddp.hold_of_claim; p_is_idle: the worker has nothing in its hands.';

drop function if exists ddp.next_chunk(public.message_channel);
create or replace function ddp.next_chunk(
    p_channel public.message_channel, p_worker uuid default null, p_is_idle boolean default true
)
    returns table (
        send_plan_id uuid, chunk_no integer, bucket varchar, sender_user_id uuid, allowance double precision, hold text
    )
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_bucket ddp.rate_buckets;
    v_may_wait boolean := true;
begin
    for v_bucket in
        select b.* from ddp.rate_buckets b where b.channel = p_channel order by b.filled_at
    loop
        if ddp.bucket_wait(ddp.filled(v_bucket, clock_timestamp())) = 0 then
            return query select c.* from ddp.next_chunk_of_bucket(v_bucket.bucket, v_may_wait, p_worker, p_is_idle) c;
            if found then
                return;
            end if;
            v_may_wait := false;
        elsif exists (
            select from ddp.bucket_senders b where b.bucket = v_bucket.bucket and b.due_at <= clock_timestamp()
        ) then
            -- Whoever waits for tokens asks for them: the wait does not count as late.
            perform ddp.lock_bucket(v_bucket.bucket, p_channel);
        end if;
    end loop;
end
$$;
comment on function ddp.next_chunk(public.message_channel, uuid, boolean) is
    'The chunk that a claim serves, locked: of the buckets with tokens, in the order in which they were last filled.';

create or replace function ddp.send_wait(p_channel public.message_channel) returns double precision
    language sql stable
    set search_path = ''
as $$
    select min(least(300, greatest(
        0, extract(epoch from first.due_at - clock_timestamp()), ddp.bucket_wait(ddp.filled(b, clock_timestamp()))
    )))::double precision
    from ddp.rate_buckets b
    cross join lateral (
        (
            select s.due_at from ddp.bucket_senders s
            where s.bucket = b.bucket and s.due_at <= clock_timestamp() + interval '15 minutes'
                and (s.held_until is null or s.held_until <= clock_timestamp())
            order by s.due_at
            limit 1
        )
        union all
        (
            -- A hold for a first look at new content ends within a second or so; one for slow content need not be watched.
            select greatest(s.due_at, case
                when x.slow_until > clock_timestamp() then s.held_until
                else least(s.held_until, clock_timestamp() + interval '0.25 seconds')
            end)
            from ddp.bucket_senders s
            left join public.senders x on x.user_id = s.sender_user_id and x.channel = s.channel
            where s.bucket = b.bucket and s.held_until > clock_timestamp()
                and s.due_at <= clock_timestamp() + interval '15 minutes'
            order by 1
            limit 1
        )
    ) first
    where b.channel = p_channel
$$;
comment on function ddp.send_wait(public.message_channel) is
    'Seconds until there may be something to claim, at most 300; null: nothing is due within 15 minutes.';

create or replace function ddp.oldest_due_seconds(p_channel public.message_channel) returns double precision
    language sql stable
    set search_path = ''
as $$
    -- What waits for its sender's own limit is not overdue.
    select greatest(0, coalesce(extract(epoch from clock_timestamp() - min(
        case when ddp.sender_allowance(s) < 1 then clock_timestamp() else c.due_at end
    )), 0))
    from ddp.send_chunks c
    join ddp.sendable_plans p on p.send_plan_id = c.send_plan_id and p.channel = p_channel
    left join public.senders s on s.user_id = c.sender_user_id and s.channel = c.channel
    where c.due_at <= clock_timestamp()
$$;
comment on function ddp.oldest_due_seconds(public.message_channel) is
    'For how long the chunk that is due first has been due, of plans that may be sent; 0: nothing is due.';

drop function if exists ddp.note_served(uuid, integer, timestamptz, text, uuid, bigint);
create or replace function ddp.note_served(
    p_send_plan_id uuid, p_chunk_no integer, p_next_due_at timestamptz, p_bucket text, p_sender uuid, p_units bigint,
    p_holder uuid default null
) returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.send_chunks c
    -- If it is due later, it will need another hint then.
    set due_at = p_next_due_at, queued_at = case when p_next_due_at <= clock_timestamp() then c.queued_at end
    where c.send_plan_id = p_send_plan_id and c.chunk_no = p_chunk_no;
    update ddp.bucket_senders b
    set last_served_at = clock_timestamp(), held_by = p_holder,
        held_until = case when p_holder is not null then clock_timestamp() + interval '10 seconds' end
    where b.bucket = p_bucket and b.sender_user_id = p_sender;
    update public.senders s set tokens = ddp.sender_allowance(s) - p_units, filled_at = clock_timestamp()
    where (s.user_id, s.channel) in (
        -- Locked by an administrator who changes the limit: the new one starts with what is left.
        select o.user_id, o.channel
        from public.senders o
        join public.send_plans p on p.created_by_user_id = o.user_id and p.channel = o.channel
        where p.send_plan_id = p_send_plan_id and o.max_per_second is not null
        for no key update of o skip locked
    );
    update public.send_plans p set started_at = clock_timestamp()
    where p.send_plan_id in (
        -- A planner may hold the plan for as long as a batch takes: then the next claim says it.
        select o.send_plan_id from public.send_plans o
        where o.send_plan_id = p_send_plan_id and o.started_at is null and p_units > 0
        for no key update skip locked
    );
    update ddp.rate_buckets b set tokens = b.tokens - p_units, daily_left = b.daily_left - p_units
    where b.bucket = p_bucket;
$$;
comment on function ddp.note_served(uuid, integer, timestamptz, text, uuid, bigint, uuid) is
    'Ends a claim: when the chunk is due next (null: nothing of it is pending), who was served, the units taken, and the '
    'worker that now holds the sender (null: none).';

create or replace function ddp.count_that_fit(p_units smallint[], p_tokens double precision) returns integer
    language sql immutable
    set search_path = ''
as $$
    -- A message of several units may overdraw: a long one would wait for ever in a bucket that holds one.
    select count(*)::integer
    from (
        select sum(u.units) over (order by u.place) - u.units as before
        from unnest(p_units) with ordinality u (units, place)
    ) m
    where m.before + 1 <= p_tokens
$$;
comment on function ddp.count_that_fit(smallint[], double precision) is
    'How many messages, in their order, may go with these tokens.';

revoke all on function
    ddp.sender_allowance(public.senders), ddp.lock_next_sender(text, boolean), ddp.first_chunk(ddp.bucket_senders),
    ddp.hold_of_claim(ddp.bucket_senders, public.senders, uuid), ddp.lock_chunk(uuid, integer),
    ddp.next_chunk_of_bucket(text, boolean, uuid, boolean), ddp.next_chunk(public.message_channel, uuid, boolean),
    ddp.send_wait(public.message_channel), ddp.oldest_due_seconds(public.message_channel),
    ddp.note_served(uuid, integer, timestamptz, text, uuid, bigint, uuid),
    ddp.count_that_fit(smallint[], double precision)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sender_allowance(public.senders), ddp.lock_next_sender(text, boolean), ddp.first_chunk(ddp.bucket_senders),
    ddp.hold_of_claim(ddp.bucket_senders, public.senders, uuid), ddp.lock_chunk(uuid, integer),
    ddp.next_chunk_of_bucket(text, boolean, uuid, boolean), ddp.next_chunk(public.message_channel, uuid, boolean),
    ddp.send_wait(public.message_channel), ddp.oldest_due_seconds(public.message_channel),
    ddp.note_served(uuid, integer, timestamptz, text, uuid, bigint, uuid),
    ddp.count_that_fit(smallint[], double precision)
    to service_role;
