-- requires: functions/require.sql, policies/campaigns.sql, policies/senders.sql, functions/sms_money.sql
-- The state of a requested send, in the words that people see.

create or replace function ddp.dearer_than_reserved(p_budget ddp.budgets) returns text
    language sql immutable
    set search_path = ''
    return format(
        'The provider charged $%s for %s messages for which $%s were reserved. Correct the prices, then resume.',
        trim_scale(p_budget.dearer_charged), p_budget.dearer_messages, trim_scale(p_budget.dearer_reserved)
    );
comment on function ddp.dearer_than_reserved(ddp.budgets) is
    'Why a plan is held up whose messages cost more than was reserved for them, as a sentence.';
revoke all on function ddp.dearer_than_reserved(ddp.budgets) from public, anon, authenticated, service_role;

create or replace function ddp.plan_pause(p_plan public.send_plans) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select case
        when p_plan.paused_at is not null then
            jsonb_build_object('by', 'sender', 'since', p_plan.paused_at, 'code', 'paused', 'reason', 'It was paused by hand.')
        when c.campaign_status <> 'active' then
            jsonb_build_object(
                'by', 'campaign', 'since', null, 'code', 'campaign-' || c.campaign_status,
                'reason', format('Its campaign is %s; messages are sent while it is active.', c.campaign_status)
            )
        when s.paused_at is not null then
            jsonb_build_object('by', 'platform', 'since', s.paused_at, 'code', s.pause_code, 'reason', s.pause_reason)
        when b.dearer_at = b.exhausted_at then
            jsonb_build_object(
                'by', 'budget', 'since', b.exhausted_at, 'code', 'dearer-than-reserved', 'reason', ddp.dearer_than_reserved(b)
            )
        when b.exhausted_at is not null then
            jsonb_build_object('by', 'budget', 'since', b.exhausted_at, 'code', 'over-budget', 'reason', ddp.over_budget(p_plan))
        when stop.stopped_until is not null then
            jsonb_build_object(
                'by', 'provider', 'since', null, 'code', stop.stopped_code,
                'reason', format('%s It is tried again at %s UTC.', stop.stopped_reason,
                    to_char(stop.stopped_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
            )
    end
    from public.campaigns c
    left join public.senders s on s.user_id = p_plan.created_by_user_id and s.channel = p_plan.channel
    left join lateral (
        select r.stopped_until, r.stopped_code, r.stopped_reason
        from ddp.rate_buckets r
        where r.channel = p_plan.channel and r.stopped_until > now()
        order by r.stopped_until desc
        limit 1
    ) stop on true
    left join ddp.budgets b on b.scope = 'send_plan' and b.owner_id = p_plan.send_plan_id and b.period = ''
    where c.campaign_id = p_plan.campaign_id
$$;
comment on function ddp.plan_pause(public.send_plans) is
    'Why a plan is not being sent, and since when: paused by the sender, by its campaign, by the platform, because a '
    'budget is spent, or because the provider takes nothing from the account; null if nothing pauses it.';
revoke all on function ddp.plan_pause(public.send_plans) from public, anon, authenticated, service_role;

create or replace function ddp.plan_state(p_plan public.send_plans) returns text
    language sql stable
    set search_path = ''
as $$
    select case
        when p_plan.send_plan_id is null then 'draft'
        when p_plan.failed_at is not null then 'failed'
        when p_plan.cancelled_at is not null then 'cancelled'
        when p_plan.completed_at is not null then 'complete'
        when ddp.plan_pause(p_plan) is not null then 'paused'
        when p_plan.started_at is not null then 'sending'
        when p_plan.scheduled_at > now() then 'scheduled'
        when p_plan.planned_at is null then 'planning'
        else 'sending'
    end
$$;
comment on function ddp.plan_state(public.send_plans) is
    'draft (no plan), scheduled, planning, sending, paused, cancelled, complete or failed.';
revoke all on function ddp.plan_state(public.send_plans) from public, anon, authenticated, service_role;

create or replace function ddp.require_open_plan(p_plan public.send_plans, p_may_be_complete boolean default false)
    returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_over constant text := case
        when p_plan.failed_at is not null then 'failed'
        when p_plan.cancelled_at is not null then 'cancelled'
        when p_plan.completed_at is not null and not p_may_be_complete then 'complete'
        when p_plan.records_removed_at is not null then 'so old that retention has removed its records'
    end;
begin
    perform ddp.require(
        v_over is null, 'PT409', format('This send is %s: this is no longer possible.', v_over),
        jsonb_build_object('code', 'send-over', 'state', v_over)
    );
end
$$;
comment on function ddp.require_open_plan(public.send_plans, boolean) is
    'PT409 for a plan that failed, was cancelled, is so old that its records are gone, or (unless it may be) is complete.';
revoke all on function ddp.require_open_plan(public.send_plans, boolean) from public, anon, authenticated, service_role;
