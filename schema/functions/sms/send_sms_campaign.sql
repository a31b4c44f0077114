-- requires: functions/request_send.sql, functions/sms_options.sql, functions/log_change.sql
-- requires: functions/freeze_sms_ab_test.sql, functions/blackouts.sql, functions/freeze_sender.sql
-- requires: functions/locked_templates.sql, functions/request_approvals.sql

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

-- The signature before there were options.
drop function if exists public.send_sms_campaign(uuid, jsonb, timestamptz);

create or replace function public.send_sms_campaign(
    p_sms_campaign_id uuid, p_audience jsonb default null, p_scheduled_at timestamptz default null,
    p_options jsonb default '{}'
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_draft constant public.sms_campaigns := ddp.lock_own_sms_campaign(p_sms_campaign_id);
    v_template constant public.templates := ddp.share_template(v_draft.template_id);
    v_message constant public.sms_campaigns := ddp.composed_sms(v_draft, v_template);
    v_campaign constant public.campaigns := ddp.sendable_campaign(v_message.campaign_id);
    v_is_transactional constant boolean := v_message.message_type = 'transactional';
    v_consent constant text := coalesce(p_options ->> 'consent', 'required');
    v_ignores constant boolean := coalesce(p_options ->> 'ignore_windows' = 'true', false);  -- checked below
    v_sender jsonb;
    v_send_plan_id uuid;
begin
    perform ddp.check_sms_content(v_message);
    perform ddp.check_schedule(p_scheduled_at, v_campaign.end_date);
    perform ddp.require_no_blackout(v_campaign.campaign_id, coalesce(p_scheduled_at, now()));
    perform ddp.check_sms_options(p_options, p_scheduled_at);
    perform ddp.check_spread(p_options, p_scheduled_at, v_campaign.end_date);
    perform ddp.require_sms_sender(v_message);
    -- The very values that are frozen: the profile is not locked.
    v_sender := ddp.freeze_sender(v_message.created_by_user_id, v_message.template_id);
    perform ddp.require_approval(
        v_campaign, v_message.created_by_user_id, p_sms_campaign_id, ddp.with_sender(ddp.content_of_sms(v_draft), v_sender)
    );
    insert into public.send_plans (
        campaign_id, sms_campaign_id, created_by_user_id, content, sender, sender_profile, template_id, template_version, slots, audience,
        recipients_masked, scheduled_at, starts_when_planned, message_type, dlt_template_id, default_country, max_cost, max_parts,
        consent, transliterates, ignores_windows, ignores_law, request_id
    )
    select
        v_message.campaign_id, p_sms_campaign_id, v_message.created_by_user_id, v_message.sms_content, v_message.sender_number,
        v_sender, v_message.template_id,
        v_template.version, ddp.freeze_slots(v_template, v_message.slots), a.audience, ddp.masks_recipients(a.audience),
        coalesce(p_scheduled_at, now()), true, v_message.message_type, v_message.dlt_template_id, p_options ->> 'default_country',
        (p_options ->> 'max_cost')::numeric, coalesce((p_options ->> 'max_parts')::smallint, 4::smallint), v_consent,
        coalesce((p_options ->> 'transliterate')::boolean, false), v_is_transactional or v_ignores,
        v_is_transactional or v_ignores and ddp.active_user_type() = 'admin', ddp.request_id()
    -- Numbers as people write them: planning rejects those that are none, and the other recipients get the message.
    from (select ddp.freeze_audience(v_campaign, p_audience, 'phone', '.') as audience) a
    returning send_plan_id into v_send_plan_id;
    perform ddp.freeze_options(v_send_plan_id, p_options);
    perform ddp.freeze_sms_ab_test(v_send_plan_id, v_message, v_campaign.end_date);
    update public.sms_campaigns set requested_at = now() where sms_campaign_id = p_sms_campaign_id;
    perform ddp.end_needless_approvals(v_message.campaign_id, v_message.created_by_user_id);
    if not v_is_transactional and (v_consent = 'declared' or v_ignores) then
        perform ddp.log_change(
            'send_plans', v_send_plan_id, null,
            jsonb_build_object('channel', 'sms', 'consent', v_consent, 'ignore_windows', v_ignores)
        );
    end if;
    return v_send_plan_id;
end
$$;
comment on function public.send_sms_campaign(uuid, jsonb, timestamptz, jsonb) is
    'Requests that an own SMS campaign is sent, once: as send_email_campaign, but recipients of a list have a "phone", as people write '
    'it, and may have a "country"; of an earlier SMS campaign nobody can ask for "not_opened". Options: those of send_email_campaign and default_country, max_cost (US dollars), max_parts (4), '
    'consent ("required": numbers without recorded consent are rejected; or "declared"), transliterate, ignore_windows. PT409 without a '
    'monthly budget, PT403 for a transactional message without leave.';
revoke all on function public.send_sms_campaign(uuid, jsonb, timestamptz, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function public.send_sms_campaign(uuid, jsonb, timestamptz, jsonb) to authenticated;
