-- requires: functions/plan_state.sql, functions/next_chunk.sql, policies/send_plans.sql, policies/sending.sql
-- requires: views/ddp_sendable_plans.sql
-- What of a send is due and held by nobody. Reconciliation sets it in motion within 90 seconds: what stands still for longer
-- is somebody's to look at.

create or replace function ddp.plannable_from(p_plan public.send_plans) returns timestamptz
    language sql immutable
    set search_path = ''
    return case
        when p_plan.planned_at is not null or p_plan.failed_at is not null or p_plan.cancelled_at is not null then null
        -- Who belongs to a target audience, or who clicked an earlier message, is read when the time comes, which in some
        -- time zones is a day earlier.
        when p_plan.audience ->> 'source' in ('target_audience', 'send') then
            p_plan.scheduled_at - case when p_plan.in_recipient_time_zone then interval '26 hours' else interval '0' end
        else p_plan.created_at
    end;
comment on function ddp.plannable_from(public.send_plans) is
    'When a plan''s recipients may be put into the ledger; null: they are there, or never will be.';

create or replace function ddp.planning_stands_since(p_plan public.send_plans) returns timestamptz
    language sql stable
    set search_path = ''
    -- The end of the last lease, not its renewal: a bit later than the last sign of life, never earlier.
    return case
        when p_plan.leased_until >= clock_timestamp() or ddp.plannable_from(p_plan) > clock_timestamp() then null
        when ddp.plannable_from(p_plan) is not null then greatest(
            ddp.plannable_from(p_plan), p_plan.leased_until,
            (select max(b.created_at) from ddp.send_plan_batches b where b.send_plan_id = p_plan.send_plan_id)
        )
    end;
comment on function ddp.planning_stands_since(public.send_plans) is
    'Since when nobody plans a plan that could be planned; null: a planner is at work, or there is nothing to plan.';
revoke all on function ddp.plannable_from(public.send_plans), ddp.planning_stands_since(public.send_plans)
    from public, anon, authenticated, service_role;
grant execute on function ddp.plannable_from(public.send_plans), ddp.planning_stands_since(public.send_plans)
    to service_role;

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
