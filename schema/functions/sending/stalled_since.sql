-- requires: functions/waiting_plans.sql, functions/plan_state.sql, functions/next_chunk.sql
-- requires: views/ddp_sendable_plans.sql
-- Whether a send stands still although nothing holds it up. Reconciliation is to set every send in motion within 90 seconds:
-- what is longer overdue is somebody's to look at.

create or replace function ddp.sending_stands_since(p_plan public.send_plans) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    -- A bucket that serves others is not at a standstill: this plan waits for its turn.
    select min(greatest(due.first_at, p_plan.resumed_at, (
        select max(x.last_served_at) from ddp.bucket_senders x where x.bucket = due.bucket
    )))
    from (
        select c.bucket, min(c.due_at) as first_at
        from ddp.send_chunks c
        where c.send_plan_id = p_plan.send_plan_id and c.due_at <= clock_timestamp()
        group by c.bucket
    ) due
    join ddp.sendable_plans p on p.send_plan_id = p_plan.send_plan_id
    join ddp.rate_buckets b on b.bucket = due.bucket
    left join public.senders s on s.user_id = p_plan.created_by_user_id and s.channel = p_plan.channel
    where coalesce(ddp.sender_allowance(s), 1) >= 1 and ddp.bucket_wait(ddp.filled(b, clock_timestamp())) = 0
$$;
comment on function ddp.sending_stands_since(public.send_plans) is
    'Since when nobody sends what is due of a plan, although nothing pauses it and there are tokens; null: it waits for '
    'something, or nothing is due.';

create or replace function ddp.stalled_since(p_plan public.send_plans) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select min(stood.since)
    from (
        values
            (ddp.planning_stands_since(p_plan)),
            (ddp.sending_stands_since(p_plan)),
            -- Nobody ends the leases of workers that died: reconciliation itself stands still.
            ((
                select min(c.leased_until) from ddp.send_calls c
                where c.send_plan_id = p_plan.send_plan_id and c.ended_at is null
            ))
    ) stood (since)
    where stood.since < clock_timestamp() - interval '90 seconds' and ddp.plan_pause(p_plan) is null
$$;
comment on function ddp.stalled_since(public.send_plans) is
    'Since when a send stands still although it is due and nothing holds it up; null: it moves, or has not stood for 90 '
    'seconds yet.';

create or replace function ddp.oldest_unplanned_seconds(p_channel public.message_channel) returns double precision
    language sql stable
    set search_path = ''
as $$
    select coalesce(max(extract(epoch from clock_timestamp() - ddp.planning_stands_since(p))), 0)
    from public.send_plans p
    where p.planned_at is null and p.failed_at is null and p.cancelled_at is null and p.channel = p_channel
$$;
comment on function ddp.oldest_unplanned_seconds(public.message_channel) is
    'For how long nobody has planned the plan that has stood still for longest; 0: none stands still.';
revoke all on function
    ddp.sending_stands_since(public.send_plans), ddp.stalled_since(public.send_plans),
    ddp.oldest_unplanned_seconds(public.message_channel)
    from public, anon, authenticated, service_role;
grant execute on function ddp.oldest_unplanned_seconds(public.message_channel) to service_role;
