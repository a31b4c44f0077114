-- twin: sms (pause_sms_campaign, resume_sms_campaign, cancel_pending_sms_sends, cancel_sms_campaign)
-- requires: functions/own_email_plan.sql, functions/plan_state.sql, functions/due_chunks.sql, functions/log_change.sql
-- requires: functions/sms_money.sql
-- Pause, resume, cancel. Each changes the plan's row, which every claim locks: messages claimed before may go out and
-- count as in flight; none is claimed afterwards.

create or replace function public.pause_email_campaign(p_email_campaign_id uuid) returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_plan public.send_plans := ddp.lock_own_email_plan(p_email_campaign_id);
begin
    perform ddp.require_open_plan(v_plan);
    if v_plan.paused_at is null then
        perform ddp.log_change('send_plans', v_plan.send_plan_id, '{"paused_at": null}', jsonb_build_object('paused_at', now()));
        update public.send_plans p set paused_at = now()
        where p.send_plan_id = v_plan.send_plan_id
        returning p.* into v_plan;
    end if;
    return jsonb_build_object(
        'send_plan_id', v_plan.send_plan_id, 'state', ddp.plan_state(v_plan),
        'in_flight', ddp.email_in_flight(v_plan)
    );
end
$$;
comment on function public.pause_email_campaign(uuid) is
    'Pauses a send: nothing more is claimed. Returns how many are in flight and may still go out. Harmless when repeated.';
revoke all on function public.pause_email_campaign(uuid) from public, anon, authenticated, service_role;
grant execute on function public.pause_email_campaign(uuid) to authenticated;

create or replace function public.resume_email_campaign(p_email_campaign_id uuid) returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_plan public.send_plans := ddp.lock_own_email_plan(p_email_campaign_id);
begin
    perform ddp.require_open_plan(v_plan);
    if v_plan.paused_at is not null then
        perform ddp.log_change(
            'send_plans', v_plan.send_plan_id, jsonb_build_object('paused_at', v_plan.paused_at), '{"paused_at": null}'
        );
        -- With resumed_at, recipients whom it would now reach too late become missed.
        update public.send_plans p set paused_at = null, resumed_at = now()
        where p.send_plan_id = v_plan.send_plan_id
        returning p.* into v_plan;
    end if;
    perform ddp.call_chunks(array[v_plan.send_plan_id]);
    -- What is dearer than its budgets leave does not begin. Of what has begun, the next claim holds up what does not fit. Budgets
    -- after chunks, as whoever records results.
    if v_plan.started_at is not null or not ddp.is_too_dear(v_plan) then
        update ddp.budgets b set exhausted_at = null
        where b.scope = 'send_plan' and b.owner_id = v_plan.send_plan_id and b.exhausted_at is not null;
    end if;
    return jsonb_build_object(
        'send_plan_id', v_plan.send_plan_id, 'state', ddp.plan_state(v_plan),
        'in_flight', ddp.email_in_flight(v_plan), 'chunks', ddp.first_due_chunks(v_plan.send_plan_id)
    );
end
$$;
comment on function public.resume_email_campaign(uuid) is
    'Resumes a paused send. Recipients whose time plus the maximum lateness has passed become missed. Its state may still '
    'be paused: because its campaign or its sender is, or because it has not begun and is dearer than its budgets leave.';
revoke all on function public.resume_email_campaign(uuid) from public, anon, authenticated, service_role;
grant execute on function public.resume_email_campaign(uuid) to authenticated;

create or replace function ddp.cancel_pending_email_sends(p_send_plan_id uuid, p_limit integer) returns bigint
    language sql volatile
    set search_path = ''
as $$
    -- A worker that records results holds the locked rows: the next call finds them.
    with cancelled as (
        update public.email_sends s set status = 'cancelled', failure_code = o.failure_code, failure_reason = o.failure_reason
        from (
            select o.email_send_id, p.failure_code, p.failure_reason
            from public.send_plans p
            join public.email_sends o
                on o.email_campaign_id = p.email_campaign_id and o.created_by_user_id = p.created_by_user_id
            where p.send_plan_id = p_send_plan_id and (p.cancelled_at is not null or p.failed_at is not null)
                and o.status = 'pending'
            limit p_limit
            for no key update of o skip locked
        ) o
        where s.email_send_id = o.email_send_id
        returning 1
    ), open as materialized (
        select c.send_plan_id, c.chunk_no
        from public.send_plans p
        join ddp.send_chunks c on c.send_plan_id = p.send_plan_id
        where p.send_plan_id = p_send_plan_id and (p.cancelled_at is not null or p.failed_at is not null)
            and c.due_at is not null
        order by c.chunk_no
        for no key update of c
    ), closed as (
        update ddp.send_chunks c set due_at = null
        from open o
        where c.send_plan_id = o.send_plan_id and c.chunk_no = o.chunk_no
    )
    select count(*) from cancelled
$$;
comment on function ddp.cancel_pending_email_sends(uuid, integer) is
    'Marks up to p_limit pending recipients of a cancelled or failed plan as cancelled, with the reason why it failed; '
    'returns how many. None of them would have been sent to.';
revoke all on function ddp.cancel_pending_email_sends(uuid, integer) from public, anon, authenticated, service_role;
grant execute on function ddp.cancel_pending_email_sends(uuid, integer) to service_role;

create or replace function public.cancel_email_campaign(p_email_campaign_id uuid) returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_plan public.send_plans := ddp.lock_own_email_plan(p_email_campaign_id);
    v_cancelled bigint;
begin
    if v_plan.cancelled_at is null then
        perform ddp.require_open_plan(v_plan);
        perform ddp.log_change(
            'send_plans', v_plan.send_plan_id, '{"cancelled_at": null}', jsonb_build_object('cancelled_at', now())
        );
        update public.send_plans p set cancelled_at = now()
        where p.send_plan_id = v_plan.send_plan_id
        returning p.* into v_plan;
    end if;
    v_cancelled := ddp.cancel_pending_email_sends(v_plan.send_plan_id, 20000);
    return jsonb_build_object(
        'send_plan_id', v_plan.send_plan_id, 'state', ddp.plan_state(v_plan),
        'in_flight', ddp.email_in_flight(v_plan), 'cancelled', v_cancelled, 'is_finished', v_cancelled < 20000
    );
end
$$;
comment on function public.cancel_email_campaign(uuid) is
    'Cancels a send for good: nothing more is claimed, and pending recipients become cancelled, up to 20,000 per call; '
    'while is_finished is false call again, or leave the rest to reconciliation. Returns how many are in flight.';
revoke all on function public.cancel_email_campaign(uuid) from public, anon, authenticated, service_role;
grant execute on function public.cancel_email_campaign(uuid) to authenticated;
