-- requires: functions/request_send.sql

create or replace function ddp.lock_own_email_campaign(p_email_campaign_id uuid) returns public.email_campaigns
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_message public.email_campaigns;
begin
    select e.* into v_message
    from public.email_campaigns e
    where e.email_campaign_id = p_email_campaign_id and e.created_by_user_id = v_user_id
    for no key update;
    perform ddp.require(
        v_message.email_campaign_id is not null, 'PT404', 'There is no such e-mail campaign of yours.',
        '{"code": "email-campaign-not-found"}'
    );
    perform ddp.require(
        v_message.requested_at is null, 'PT409', 'Sending this e-mail campaign was requested already.',
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

create or replace function public.send_email_campaign(
    p_email_campaign_id uuid, p_audience jsonb default null, p_scheduled_at timestamptz default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.lock_own_email_campaign(p_email_campaign_id);
    v_campaign constant public.campaigns := ddp.sendable_campaign(v_message.campaign_id);
    v_send_plan_id uuid;
begin
    perform ddp.require(
        btrim(v_message.email_subject) <> '' and v_message.email_subject !~ '[\r\n]'
        and btrim(v_message.email_content) <> '',
        'PT422', 'An e-mail has a subject of one line, and content.', '{"code": "incomplete-message"}'
    );
    perform ddp.check_schedule(p_scheduled_at, v_campaign.end_date);
    insert into public.send_plans (
        campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, sender_name, template_id,
        template_version, audience, scheduled_at
    ) values (
        v_message.campaign_id, p_email_campaign_id, auth.uid(), v_message.email_subject, v_message.email_content,
        v_message.sender_email, v_message.sender_name, v_message.template_id,
        (select t.version from public.templates t where t.template_id = v_message.template_id),
        ddp.freeze_audience(v_campaign, p_audience, 'email', '^[^@[:space:]]+@[^@[:space:]]+$'),
        coalesce(p_scheduled_at, now())
    )
    returning send_plan_id into v_send_plan_id;
    update public.email_campaigns set requested_at = now() where email_campaign_id = p_email_campaign_id;
    return v_send_plan_id;
end
$$;
comment on function public.send_email_campaign(uuid, jsonb, timestamptz) is
    'Requests that an own e-mail campaign is sent, once: freezes it and leaves one plan row, whose id it returns; '
    'workers do the rest. The audience is {"source": "list", "recipients": [{"email": …, "name": …}]}, {"source": '
    '"file", "file_id": …} (an own CSV) or {"source": "target_audience"} (the default; not for retailers). PT409 if '
    'it was requested before (with the send_plan_id), or the campaign is not active.';
revoke all on function public.send_email_campaign(uuid, jsonb, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function public.send_email_campaign(uuid, jsonb, timestamptz) to authenticated;
