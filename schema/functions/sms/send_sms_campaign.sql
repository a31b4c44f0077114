-- requires: functions/request_send.sql

create or replace function ddp.lock_own_sms_campaign(p_sms_campaign_id uuid) returns public.sms_campaigns
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_message public.sms_campaigns;
begin
    select s.* into v_message
    from public.sms_campaigns s
    where s.sms_campaign_id = p_sms_campaign_id and s.created_by_user_id = v_user_id
    for no key update;
    perform ddp.require(
        v_message.sms_campaign_id is not null, 'PT404', 'You have no such SMS campaign.',
        '{"code": "sms-campaign-not-found"}'
    );
    perform ddp.require(
        v_message.requested_at is null, 'PT409', 'Sending of this SMS campaign has already been requested.',
        jsonb_build_object('code', 'already-requested', 'send_plan_id', (
            select p.send_plan_id from public.send_plans p where p.sms_campaign_id = p_sms_campaign_id
        ))
    );
    return v_message;
end
$$;
comment on function ddp.lock_own_sms_campaign(uuid) is
    'The acting user''s SMS campaign, locked, if sending was not requested yet; PT404 or PT409.';
revoke all on function ddp.lock_own_sms_campaign(uuid) from public, anon, authenticated, service_role;

create or replace function public.send_sms_campaign(
    p_sms_campaign_id uuid, p_audience jsonb default null, p_scheduled_at timestamptz default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_message constant public.sms_campaigns := ddp.lock_own_sms_campaign(p_sms_campaign_id);
    v_campaign constant public.campaigns := ddp.sendable_campaign(v_message.campaign_id);
    v_send_plan_id uuid;
begin
    -- 1,600 characters: what the provider takes in one call.
    perform ddp.require(
        btrim(v_message.sms_content) <> '' and length(v_message.sms_content) <= 1600, 'PT422',
        'An SMS has 1 to 1,600 characters.', '{"code": "incomplete-message"}'
    );
    perform ddp.check_schedule(p_scheduled_at, v_campaign.end_date);
    insert into public.send_plans (
        campaign_id, sms_campaign_id, created_by_user_id, content, sender, template_id, template_version, audience,
        scheduled_at, starts_when_planned
    ) values (
        v_message.campaign_id, p_sms_campaign_id, ddp.active_user_id(), v_message.sms_content, v_message.sender_number,
        v_message.template_id,
        (select t.version from public.templates t where t.template_id = v_message.template_id),
        ddp.freeze_audience(v_campaign, p_audience, 'phone', '^\+[1-9][0-9]{5,14}$'),
        coalesce(p_scheduled_at, now()), true
    )
    returning send_plan_id into v_send_plan_id;
    update public.sms_campaigns set requested_at = now() where sms_campaign_id = p_sms_campaign_id;
    return v_send_plan_id;
end
$$;
comment on function public.send_sms_campaign(uuid, jsonb, timestamptz) is
    'Requests that an own SMS campaign is sent, once: as send_email_campaign, but recipients of a list have a "phone" '
    'in international form (+12025550101).';
revoke all on function public.send_sms_campaign(uuid, jsonb, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function public.send_sms_campaign(uuid, jsonb, timestamptz) to authenticated;
