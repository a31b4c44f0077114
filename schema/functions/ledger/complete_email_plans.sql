-- twin: sms (finished_sms_plans, complete_sms_plans)
-- requires: policies/email_sends.sql, policies/send_plans.sql, policies/sending.sql
-- Completion is derived, never set by a sender: nothing is pending or in a call, and nothing unknown will be retried.

create or replace function ddp.finished_email_plans(p_plans uuid[]) returns uuid[]
    language sql stable
    set search_path = ''
as $$
    select array_agg(p.send_plan_id order by p.send_plan_id)
    from public.send_plans p
    where p.send_plan_id = any (p_plans) and p.channel = 'email'
        and p.completed_at is null
        and (
            p.cancelled_at is not null or p.planned_at is not null and p.failed_at is null
            -- Set aside: what was sent until then stays sent, and costs. A plan that was never begun has nothing to settle.
            or p.failed_at is not null and p.started_at is not null
        )
        -- Chunks and calls are few and mostly say no at once: the ledger's index is long while a plan is being sent.
        and not exists (
            select from ddp.send_chunks c where c.send_plan_id = p.send_plan_id and c.due_at is not null
        )
        and not exists (
            select from ddp.send_calls c where c.send_plan_id = p.send_plan_id and c.ended_at is null
        )
        and not exists (
            select from public.email_sends s
            where s.created_by_user_id = p.created_by_user_id and s.email_campaign_id = p.email_campaign_id
                and (
                    s.status in ('pending', 'sending')
                    or s.status = 'unknown' and p.unknown_policy = 'retry' and s.attempt < 30
                        and p.cancelled_at is null and p.failed_at is null
                )
        )
$$;
comment on function ddp.finished_email_plans(uuid[]) is
    'Of these plans, those that are not marked as complete although every recipient is settled; null: none.';

create or replace function ddp.complete_email_plans(p_plans uuid[]) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_plans uuid[] := ddp.finished_email_plans(p_plans);
begin
    if v_plans is null then
        return 0;
    end if;
    perform from public.send_plans p where p.send_plan_id = any (v_plans) order by p.send_plan_id for no key update;
    v_plans := ddp.finished_email_plans(v_plans);  -- a retry may have been first
    update public.send_plans p
    set completed_at = clock_timestamp(), started_at = coalesce(p.started_at, clock_timestamp())
    where p.send_plan_id = any (v_plans);
    return coalesce(cardinality(v_plans), 0);
end
$$;
comment on function ddp.complete_email_plans(uuid[]) is
    'Marks those of these plans as complete whose recipients are all settled; held unknowns stay visible. Call it in a '
    'transaction of its own after results are committed: of two workers that settle the last recipients at the same time, '
    'the later one sees both.';
revoke all on function ddp.finished_email_plans(uuid[]), ddp.complete_email_plans(uuid[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.finished_email_plans(uuid[]), ddp.complete_email_plans(uuid[]) to service_role;
