-- Forecasts: what sends would do. Statements about plans work on them too, by ddp.frozen_plan().

-- part: email_cost
ddp.email_cost(%(messages)s, %(prices)s, %(price_per_thousand)s) as amount, ddp.currency() as currency

-- part: sms_cost
%(prices)s::numeric as amount, 'USD' as currency

-- part: outcome
-- What becomes of an address when it is planned; null: it gets the message. Whoever else gets none has a line here.
case
        when s.is_own then s.reason
        when s.reason is not null then 'suppressed'
        when f.is_over then 'frequency-cap'
    end

-- name: request
-- Requests a forecast. The function refuses what a send would refuse.
select public.request_email_forecast(
    %(channel_campaign_id)s, %(audience)s, %(scheduled_at)s, %(options)s, %(is_exact)s
);

-- name: show
-- A forecast that the caller may see.
select * from public.get_email_forecast(%(channel_campaign_id)s, %(send_forecast_id)s);

-- name: take
-- Gives the forecast to one worker, until its lease ends. A lease that nobody gave back is one that a worker lost.
update ddp.send_forecasts f
set leased_until = clock_timestamp() + %(lease)s, lost_after_batch = b.batch_no,
    lost_leases = case when f.lost_after_batch = b.batch_no then f.lost_leases else 0 end
        + (f.leased_until is not null)::integer
from (
    select coalesce(max(b.batch_no), 0) as batch_no
    from ddp.forecast_batches b where b.send_forecast_id = %(send_forecast_id)s
) b
where f.send_forecast_id = %(send_forecast_id)s and f.state = 'pending'
    and (f.leased_until is null or f.leased_until < clock_timestamp())
returning f.lost_leases;

-- name: renew
-- The worker is still at work.
update ddp.send_forecasts set leased_until = clock_timestamp() + %(lease)s
where send_forecast_id = %(send_forecast_id)s;

-- name: release
-- The worker has ended. If the forecast has not, a message about it comes after the delay.
update ddp.send_forecasts set leased_until = null, queued_at = clock_timestamp() + %(delay)s
where send_forecast_id = %(send_forecast_id)s;

-- name: expect
-- Notes about how many records will be read.
update ddp.send_forecasts set records_expected = %(records)s where send_forecast_id = %(send_forecast_id)s;

-- name: is_exact
-- Whether all recipients are to be read, and what the plan says of late messages and of who sees addresses.
select f.is_exact, r.max_lateness, r.recipients_masked
from ddp.send_forecasts f
cross join lateral jsonb_populate_record(null::public.send_plans, f.plan) r
where f.send_forecast_id = %(send_forecast_id)s;

-- name: lock
-- Keeps other workers of the forecast out until the transaction ends. No row: it has ended, or was removed.
select
    coalesce(b.batch_no, 0) as batch_no, coalesce(b.records_read, 0) as records_read, b.after_user_id
from (
    select f.send_forecast_id from ddp.send_forecasts f
    where f.send_forecast_id = %(send_forecast_id)s and f.state = 'pending'
    for no key update
) f
left join lateral (
    select b.* from ddp.forecast_batches b where b.send_forecast_id = f.send_forecast_id
    order by b.batch_no desc limit 1
) b on true;

-- name: count
-- Counts the addresses of a batch that were not counted before, by run and by what becomes of them. `run` is the place of
-- an address's run among the batch's, from 0.
with given as materialized (
    select g.hash, g.run from unnest(%(hashes)b::bytea[], %(runs)s::integer[]) g (hash, run)
), added as (
    insert into ddp.forecast_addresses (send_forecast_id, address_hash)
    select %(among)s, g.hash from given g
    order by g.hash
    on conflict do nothing
    returning address_hash
)
select g.run, {outcome} as outcome, count(*)
from added a
join given g on g.hash = a.address_hash
left join lateral (
    select x.reason::text as reason, x.owner_user_id is not null as is_own
    from public.suppressions x
    where x.address_hash = g.hash and x.channel = 'email'
        and (x.owner_user_id is null or x.owner_user_id = %(owner)s)
        and ddp.email_heeds((select p.message_type from ddp.frozen_plan(%(send_plan_id)s) p), x.reason)
    order by x.owner_user_id is null, x.reason
    limit 1
) s on true
left join lateral (
    -- As counted now. When its call starts, a full counter is compared with the ledger as well.
    select true as is_over
    from ddp.frequency_caps c
    join ddp.recipient_counters k on k.recipient_hash = g.hash and k.owner_id = c.owner_id and k.channel = c.channel
    where c.channel = 'email' and c.owner_id in (%(owner)s, ddp.whole_platform()) and s.reason is null
        and (
            select count(*) from unnest(k.counted_at) t (at) where t.at > now() - make_interval(hours => 24 * c.days)
        ) >= c.messages
        and exists (
            select from ddp.frozen_plan(%(send_plan_id)s) p where p.message_type <> 'transactional'
        )
    limit 1
) f on true
group by 1, 2;

-- name: store_batch
-- Stores what a batch counted.
insert into ddp.forecast_batches (send_forecast_id, batch_no, records_read, after_user_id, tally)
values (%(send_forecast_id)s, %(batch_no)s, %(records_read)s, %(after_user_id)s, %(tally)s);

-- name: tallies
-- What the batches counted, in their order.
select tally from ddp.forecast_batches where send_forecast_id = %(send_forecast_id)s order by batch_no;

-- name: forget_addresses
-- Removes the addresses that a forecast, or one of its samples, has counted.
delete from ddp.forecast_addresses where send_forecast_id = %(among)s;

-- name: forget_batches
-- Removes what the batches of a forecast counted.
delete from ddp.forecast_batches where send_forecast_id = %(send_forecast_id)s;

-- name: settle
-- Ends a forecast, with its result or with why there is none.
update ddp.send_forecasts
set state = case when %(result)s::jsonb is null then 'failed' else 'ready' end, result = %(result)s,
    failure_code = %(code)s, failure_reason = left(%(reason)s, 1000), ended_at = clock_timestamp(), plan = null
where send_forecast_id = %(send_forecast_id)s and state = 'pending';

-- name: buckets
-- The rates at which the messages would go. A bucket that does not exist yet begins as its identity says, or with one unit
-- per second.
select
    g.bucket, coalesce(b.per_second, i.per_second, 1)::double precision as per_second,
    coalesce(ddp.burst(f), greatest(i.per_second, 1), 1)::double precision as burst,
    coalesce(f.tokens, 1)::double precision as tokens,
    b.daily_left, b.daily_left_of is not null as by_day,
    coalesce(i.daily_cap, b.daily_left + (
        select coalesce(sum(h.accepted), 0) from ddp.sender_hours h
        where h.channel = b.channel and h.hour > now() - interval '24 hours'
    )) as daily_cap,
    case when b.stopped_until > clock_timestamp() then b.stopped_until end as stopped_until, i.identity
from unnest(%(buckets)s::text[]) g (bucket)
left join ddp.rate_buckets b on b.bucket = g.bucket
left join lateral ddp.filled(b, clock_timestamp()) f on b.bucket is not null
left join lateral (
    select
        min(i.parts_per_second) as per_second, min(i.daily_cap)::double precision as daily_cap, min(i.identity) as identity
    from public.origination_identities i
    where i.bucket = g.bucket and i.status <> 'gone'
) i on true;

-- name: load
-- What waits in the buckets already, in units, by sender and hour. Chunks do not say how much they hold: as much as their
-- plan's chunks on average.
with waiting as materialized (
    select
        c.send_plan_id, c.bucket, c.sender_user_id, greatest(date_trunc('hour', c.due_at), now()) as due_at,
        count(*) as chunks
    from ddp.send_chunks c
    join ddp.sendable_plans p on p.send_plan_id = c.send_plan_id and p.channel = 'email'
    where c.bucket = any (%(buckets)s) and c.due_at is not null
    group by 1, 2, 3, 4
), sizes as materialized (
    select
        w.send_plan_id,
        (
            select coalesce(sum(b.planned)::double precision / nullif(max(b.last_chunk_no), 0), 1)
            from ddp.send_plan_batches b where b.send_plan_id = w.send_plan_id
        ) * (
            select coalesce(avg(s.units)::double precision, 1)
            from (
                select s.units
                from public.send_plans o
                join public.email_sends s on s.email_campaign_id = o.email_campaign_id
                where o.send_plan_id = w.send_plan_id
                limit 20
            ) s
        ) as units
    from (select distinct g.send_plan_id from waiting g) w
)
select w.bucket, w.sender_user_id, w.due_at, sum(w.chunks * z.units) as units
from waiting w
join sizes z on z.send_plan_id = w.send_plan_id
group by 1, 2, 3;

-- name: sender
-- The sender's own limit, and whether nothing is sent for the sender.
select s.max_per_second, s.paused_at is not null as is_paused
from public.senders s where s.user_id = %(owner)s and s.channel = 'email';

-- name: allowed_at
-- When messages may go to recipients with these clocks, at this time or later. No rows: at any time.
select c.clock, ddp.email_allowed_at(%(at)s, p, c.clock) as allowed_at
from ddp.frozen_plan(%(send_forecast_id)s) p
cross join unnest(%(clocks)s::text[]) c (clock)
where ddp.email_has_hours(p);

-- name: cost
-- What the messages would cost.
select {email_cost};

-- name: budgets
-- What the budgets leave. E-mail has none.
select o.scope, greatest(o.cap, 0) as cap, coalesce(b.reserved + b.charged, 0) as used
from ddp.frozen_plan(%(send_forecast_id)s) p
cross join lateral ddp.sms_budgets_for(p, ddp.sms_month(now())) o
left join ddp.budgets b on b.scope = o.scope and b.owner_id = o.owner_id and b.period = o.period
where p.channel = 'sms' and o.cap is not null
order by o.scope;
