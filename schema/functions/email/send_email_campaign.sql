-- requires: functions/request_send.sql, functions/send_options.sql, functions/email_content.sql
-- requires: functions/freeze_email_ab_test.sql, functions/blackouts.sql, functions/freeze_sender.sql
-- requires: functions/locked_templates.sql, functions/request_approvals.sql, functions/image_uses.sql

create or replace function ddp.lock_own_email_campaign(p_email_campaign_id uuid) returns public.email_campaigns
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_message public.email_campaigns;
begin
    select e.* into v_message
    from public.email_campaigns e
    where e.email_campaign_id = p_email_campaign_id and e.created_by_user_id = v_user_id
    for no key update;
    perform ddp.require(
        v_message.email_campaign_id is not null, 'PT404', 'You have no such e-mail campaign.',
        '{"code": "email-campaign-not-found"}'
    );
    perform ddp.require(
        v_message.requested_at is null, 'PT409', 'Sending of this e-mail campaign has already been requested.',
        jsonb_build_object('code', 'already-requested', 'send_plan_id', (
            select p.send_plan_id from public.send_plans p where p.email_campaign_id = p_email_campaign_id
        ))
    );
    return v_message;
end
$$;
comment on function ddp.lock_own_email_campaign(uuid) is
    'The acting user''s e-mail campaign, locked, if sending was not requested yet; PT404 or PT409.';
revoke all on function ddp.lock_own_email_campaign(uuid) from public, anon, authenticated, service_role;

-- The signature before there were options.
drop function if exists public.send_email_campaign(uuid, jsonb, timestamptz);

create or replace function public.send_email_campaign(
    p_email_campaign_id uuid, p_audience jsonb default null, p_scheduled_at timestamptz default null,
    p_options jsonb default '{}'
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_draft constant public.email_campaigns := ddp.lock_own_email_campaign(p_email_campaign_id);
    v_template constant public.templates := ddp.share_template(v_draft.template_id);
    v_message constant public.email_campaigns := ddp.composed_email(v_draft, v_template);
    v_campaign constant public.campaigns := ddp.sendable_campaign(v_message.campaign_id);
    v_audience jsonb;
    v_sender jsonb;
    v_send_plan_id uuid;
begin
    perform ddp.check_email_content(v_message);
    perform ddp.check_schedule(p_scheduled_at, v_campaign.end_date);
    perform ddp.require_no_blackout(v_campaign.campaign_id, coalesce(p_scheduled_at, now()));
    perform ddp.check_send_options(p_options, p_scheduled_at);
    perform ddp.check_spread(p_options, p_scheduled_at, v_campaign.end_date);
    perform ddp.require_verified_sender(v_message.sender_email);
    perform ddp.require_attachments_last(v_message.attachments, coalesce(p_scheduled_at, now()));
    perform ddp.require_images_last(
        ddp.text_of_email(v_message, ddp.filled_slots(v_template, v_message.slots)), coalesce(p_scheduled_at, now())
    );
    -- Any text will do: planning rejects malformed addresses one by one, and the other recipients get the message.
    v_audience := ddp.freeze_audience(v_campaign, p_audience, 'email', '.');
    -- The very values that are frozen: the profile is not locked.
    v_sender := ddp.freeze_sender(v_message.created_by_user_id, v_message.template_id, '{postal_address}');
    perform ddp.require_approval(
        v_campaign, v_message.created_by_user_id, p_email_campaign_id,
        ddp.with_sender(ddp.content_of_email(v_draft), v_sender)
    );
    insert into public.send_plans (
        campaign_id, email_campaign_id, created_by_user_id, subject, content, text_content, attachments, sender,
        sender_name, reply_to, sender_profile, template_id, template_version, slots, audience, recipients_masked, scheduled_at, request_id
    ) values (
        v_message.campaign_id, p_email_campaign_id, v_message.created_by_user_id, v_message.email_subject, v_message.email_content,
        v_message.text_content, ddp.freeze_attachments(v_message.attachments), v_message.sender_email,
        v_message.sender_name, v_message.reply_to, v_sender, v_message.template_id,
        v_template.version, ddp.freeze_slots(v_template, v_message.slots),
        v_audience,
        ddp.masks_recipients(v_audience),
        coalesce(p_scheduled_at, now()),
        ddp.request_id()
    )
    returning send_plan_id into v_send_plan_id;
    perform ddp.freeze_options(v_send_plan_id, p_options);
    perform ddp.freeze_email_ab_test(v_send_plan_id, v_message, v_campaign.end_date);
    update public.email_campaigns set requested_at = now() where email_campaign_id = p_email_campaign_id;
    perform ddp.end_needless_approvals(v_message.campaign_id, v_message.created_by_user_id);
    return v_send_plan_id;
end
$$;
comment on function public.send_email_campaign(uuid, jsonb, timestamptz, jsonb) is
    'Requests that an own e-mail campaign is sent, once: freezes it and adds one plan row, whose id it returns; '
    'workers do the rest. The audience is {"source": "list", "recipients": [{"email": …, "name": …}]}, {"source": '
    '"file", "file_id": …} (an own CSV), {"source": "send", "id": …, "who": "not_clicked", "not_opened", "failed" or '
    '"missed"} (some recipients of an own earlier e-mail campaign) or {"source": "target_audience"} (the default; not for '
    'retailers). Options: '
    'max_lateness_seconds, time_zone, in_recipient_time_zone, quiet_from, quiet_until, unknown_policy, '
    'unknown_retry_after_seconds, track_conversions, spread_over_seconds. PT409 if it was requested before (with the send_plan_id), the campaign is not active, '
    'a blackout of the brand holds, a brand asset that is attached or shown will have ended, the sender is not verified, or says nothing of itself '
    'that e-mail, or the template, must show; the template is locked since, or a slot is empty; or it waits for approval: see '
    'request_approval().';
revoke all on function public.send_email_campaign(uuid, jsonb, timestamptz, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function public.send_email_campaign(uuid, jsonb, timestamptz, jsonb) to authenticated;
