-- requires: policies/send_plans.sql, policies/sending.sql
-- Plans whose recipients should be put into the ledger now, and since when nobody does so.

create or replace function ddp.plannable_from(p_plan public.send_plans) returns timestamptz
    language sql immutable
    set search_path = ''
    return case
        when p_plan.planned_at is not null or p_plan.failed_at is not null or p_plan.cancelled_at is not null then null
        -- A target audience is read when the time comes, which in some time zones is a day earlier.
        when p_plan.audience ->> 'source' = 'target_audience' then
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
