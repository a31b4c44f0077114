-- requires: functions/require_active_user.sql
-- The state of a requested send, in the words that people see; and who may see and control it.

create or replace function ddp.email_pause(p_plan public.send_plans) returns jsonb
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
    end
    from public.campaigns c
    left join public.senders s on s.user_id = p_plan.created_by_user_id and s.channel = 'email'
    where c.campaign_id = p_plan.campaign_id
$$;
comment on function ddp.email_pause(public.send_plans) is
    'Why a plan is not being sent, and since when: paused by the sender, by its campaign, or by the platform; null if '
    'nothing pauses it.';
revoke all on function ddp.email_pause(public.send_plans) from public, anon, authenticated, service_role;

create or replace function ddp.email_plan_state(p_plan public.send_plans) returns text
    language sql stable
    set search_path = ''
as $$
    select case
        when p_plan.send_plan_id is null then 'draft'
        when p_plan.failed_at is not null then 'failed'
        when p_plan.cancelled_at is not null then 'cancelled'
        when p_plan.completed_at is not null then 'complete'
        when ddp.email_pause(p_plan) is not null then 'paused'
        when p_plan.started_at is not null then 'sending'
        when p_plan.scheduled_at > now() then 'scheduled'
        when p_plan.planned_at is null then 'planning'
        else 'sending'
    end
$$;
comment on function ddp.email_plan_state(public.send_plans) is
    'draft (no plan), scheduled, planning, sending, paused, cancelled, complete or failed.';
revoke all on function ddp.email_plan_state(public.send_plans) from public, anon, authenticated, service_role;

create or replace function ddp.visible_email_campaign(p_email_campaign_id uuid) returns public.email_campaigns
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_message public.email_campaigns;
begin
    select e.* into v_message
    from public.email_campaigns e
    where e.email_campaign_id = p_email_campaign_id
        and (
            e.created_by_user_id = v_user_id
            or ddp.active_user_type() = 'admin'
            or exists (
                select from public.campaigns c
                where c.campaign_id = e.campaign_id and c.created_by_user_id = v_user_id
            )
        );
    perform ddp.require(
        v_message.email_campaign_id is not null, 'PT404', 'There is no such e-mail campaign.',
        '{"code": "email-campaign-not-found"}'
    );
    return v_message;
end
$$;
comment on function ddp.visible_email_campaign(uuid) is
    'The policy `read` on `email_campaigns`, for functions that run as the tables'' owner; PT404.';
revoke all on function ddp.visible_email_campaign(uuid) from public, anon, authenticated, service_role;

create or replace function ddp.own_email_campaign(p_email_campaign_id uuid) returns public.email_campaigns
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.visible_email_campaign(p_email_campaign_id);
begin
    -- A brand sees that a retailer sends in its campaign, but not to whom; the brand can pause the campaign itself.
    perform ddp.require(
        v_message.created_by_user_id = auth.uid() or ddp.active_user_type() = 'admin', 'PT403',
        'Only the sender of this e-mail campaign may do that.', '{"code": "not-owner"}'
    );
    return v_message;
end
$$;
comment on function ddp.own_email_campaign(uuid) is
    'An e-mail campaign of the acting user, or any for an administrator; PT404 or PT403.';
revoke all on function ddp.own_email_campaign(uuid) from public, anon, authenticated, service_role;

create or replace function ddp.lock_own_email_plan(p_email_campaign_id uuid) returns public.send_plans
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.own_email_campaign(p_email_campaign_id);
    v_plan public.send_plans;
begin
    -- Waits for a claim in progress and holds up the next one, which then sees what was decided here.
    select p.* into v_plan
    from public.send_plans p where p.email_campaign_id = v_message.email_campaign_id
    for no key update;
    perform ddp.require(
        v_plan.send_plan_id is not null, 'PT409', 'Sending of this e-mail campaign has not been requested yet.',
        '{"code": "not-requested"}'
    );
    return v_plan;
end
$$;
comment on function ddp.lock_own_email_plan(uuid) is
    'The plan of an e-mail campaign that the acting user may control, locked against claims; PT404, PT403 or PT409.';
revoke all on function ddp.lock_own_email_plan(uuid) from public, anon, authenticated, service_role;

create or replace function ddp.require_email_plan(p_plan public.send_plans, p_may_be_complete boolean default false)
    returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_over constant text := case
        when p_plan.failed_at is not null then 'failed'
        when p_plan.cancelled_at is not null then 'cancelled'
        when p_plan.completed_at is not null and not p_may_be_complete then 'complete'
    end;
begin
    perform ddp.require(
        v_over is null, 'PT409', format('This send is %s.', v_over),
        jsonb_build_object('code', 'send-over', 'state', v_over)
    );
end
$$;
comment on function ddp.require_email_plan(public.send_plans, boolean) is
    'PT409 for a plan that failed, was cancelled, or (unless it may be) is complete.';
revoke all on function ddp.require_email_plan(public.send_plans, boolean) from public, anon, authenticated, service_role;

create or replace function ddp.email_in_flight(p_plan public.send_plans) returns bigint
    language sql stable
    set search_path = ''
as $$
    select count(*)
    from ddp.send_calls c
    join public.email_sends s on s.send_call_id = c.send_call_id and s.status = 'sending'
    where c.send_plan_id = p_plan.send_plan_id and c.ended_at is null and c.started_at is not null
$$;
comment on function ddp.email_in_flight(public.send_plans) is
    'The number of recipients in provider calls that have started: whatever is decided now, they may still get the message.';
revoke all on function ddp.email_in_flight(public.send_plans) from public, anon, authenticated, service_role;

create or replace function ddp.call_email_chunks(p_send_plan_id uuid) returns jsonb
    language sql volatile
    set search_path = ''
as $$
    with waiting as (
        update ddp.send_chunks c set queued_at = null
        where c.send_plan_id = p_send_plan_id and c.due_at <= now() + interval '1 minute'
        returning c.chunk_no, c.due_at
    )
    select coalesce(jsonb_agg(w.chunk_no order by w.due_at, w.chunk_no), '[]')
    from (select * from waiting order by due_at, chunk_no limit 10) w
$$;
comment on function ddp.call_email_chunks(uuid) is
    'Marks the due chunks of a plan as not queued, so that reconciliation tells the workers within a minute. Returns the '
    'numbers of the first ten, for a caller that tells the workers at once.';
revoke all on function ddp.call_email_chunks(uuid) from public, anon, authenticated, service_role;
