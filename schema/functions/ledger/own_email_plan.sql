-- twin: sms (visible_sms_campaign, own_sms_campaign, lock_own_sms_plan, sms_in_flight)
-- requires: functions/require_active_user.sql, functions/active_user.sql, policies/email_sends.sql
-- Who may see and control a requested send.

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
        v_message.created_by_user_id = ddp.active_user_id() or ddp.active_user_type() = 'admin', 'PT403',
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
    perform ddp.require_editor();
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
