-- requires: functions/visible_campaign.sql, functions/visible_file.sql, functions/earlier_email.sql
-- What send_email_campaign and send_sms_campaign have in common: checking a request and freezing its audience. Nothing is
-- sent here; workers send what the plan row says.

create or replace function ddp.is_recipient(p_recipient jsonb, p_key text, p_pattern text) returns boolean
    language sql immutable
    set search_path = ''
as $$
    select coalesce(
        jsonb_typeof(p_recipient) = 'object'
        and jsonb_typeof(p_recipient -> p_key) = 'string'
        and length(p_recipient ->> p_key) <= 1000
        and p_recipient ->> p_key ~ p_pattern
        and length(coalesce(p_recipient ->> 'name', '')) <= 255
        and coalesce(p_recipient ->> 'name', '') !~ '[\r\n]',
        false
    )
$$;
comment on function ddp.is_recipient(jsonb, text, text) is
    'Whether this is an object with an address of this form under the key, and no name or a short one of one line.';
revoke all on function ddp.is_recipient(jsonb, text, text) from public, anon, authenticated, service_role;

create or replace function ddp.freeze_list(p_recipients jsonb, p_key text, p_pattern text) returns jsonb
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_position integer;
begin
    perform ddp.require(
        jsonb_typeof(p_recipients) = 'array' and jsonb_array_length(p_recipients) between 1 and 10000, 'PT422',
        'A list has 1 to 10,000 recipients: upload a file for more.', '{"code": "invalid-audience"}'
    );
    -- More than the HTTP functions accept: a planner holds the whole list in memory.
    perform ddp.require(
        octet_length(p_recipients::text) <= 8388608, 'PT422',
        'A list has at most 8 MiB: upload a file for more.', '{"code": "invalid-audience"}'
    );
    select r.position into v_position
    from jsonb_array_elements(p_recipients) with ordinality r (recipient, position)
    where not ddp.is_recipient(r.recipient, p_key, p_pattern)
    order by r.position
    limit 1;
    perform ddp.require(
        v_position is null, 'PT422',
        format(
            'Recipient %s of the list has no usable "%s", or its name is too long or has a line break.', v_position, p_key
        ),
        jsonb_build_object('code', 'invalid-recipient', 'position', v_position)
    );
    return jsonb_build_object('source', 'list', 'recipients', p_recipients);
end
$$;
comment on function ddp.freeze_list(jsonb, text, text) is 'An audience given as a list; PT422 for the first bad entry.';
revoke all on function ddp.freeze_list(jsonb, text, text) from public, anon, authenticated, service_role;

create or replace function ddp.freeze_file(p_file_id text) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_file public.files;
begin
    perform ddp.require(
        p_file_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', 'PT422',
        'Give the id of the file of recipients.', '{"code": "invalid-audience"}'
    );
    v_file := ddp.lock_own_file(p_file_id::uuid, p_or_admin => false);
    perform ddp.require(
        v_file.deleted_at is null, 'PT409', 'This file is deleted: restore it first.', '{"code": "file-deleted"}'
    );
    return jsonb_build_object(
        'source', 'file', 'file_id', v_file.file_id, 'content_sha256', encode(v_file.content_sha256, 'hex')
    );
end
$$;
comment on function ddp.freeze_file(text) is 'An audience given as an own live file, with the hash of its content.';
revoke all on function ddp.freeze_file(text) from public, anon, authenticated, service_role;

create or replace function ddp.freeze_criteria(p_campaign public.campaigns) returns jsonb
    language plpgsql stable
    set search_path = ''
as $$
begin
    -- The platform has no table of a retailer's customers, and its users are not a retailer's audience.
    perform ddp.require(
        ddp.active_user_type() = 'admin'
        or ddp.active_user_type() = 'brand' and p_campaign.created_by_user_id = ddp.active_user_id(),
        'PT403', 'Retailers can send only to a list or a file of their own customers.', '{"code": "audience-not-yours"}'
    );
    return jsonb_build_object('source', 'target_audience', 'criteria', p_campaign.target_audience);
end
$$;
comment on function ddp.freeze_criteria(public.campaigns) is 'The campaign''s target audience as it is now.';
revoke all on function ddp.freeze_criteria(public.campaigns) from public, anon, authenticated, service_role;

create or replace function ddp.freeze_audience(
    p_campaign public.campaigns, p_audience jsonb, p_key text, p_pattern text
) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
begin
    case coalesce(p_audience ->> 'source', case when p_audience is null then 'target_audience' end)
        when 'list' then return ddp.freeze_list(p_audience -> 'recipients', p_key, p_pattern);
        when 'file' then return ddp.freeze_file(p_audience ->> 'file_id');
        when 'target_audience' then return ddp.freeze_criteria(p_campaign);
        when 'send' then
            return case p_key
                when 'email' then ddp.freeze_earlier_email(p_audience) else ddp.freeze_earlier_sms(p_audience)
            end;
        else
            perform ddp.require(
                false, 'PT422', 'An audience''s source is "list", "file", "send" or "target_audience".',
                '{"code": "invalid-audience"}'
            );
    end case;
end
$$;
comment on function ddp.freeze_audience(public.campaigns, jsonb, text, text) is
    'The audience reference that a plan keeps; PT422, PT403, PT404 or PT409 if it cannot be used.';
revoke all on function ddp.freeze_audience(public.campaigns, jsonb, text, text)
    from public, anon, authenticated, service_role;

create or replace function ddp.masks_recipients(p_audience jsonb) returns boolean
    language sql stable
    set search_path = ''
as $$
    select case p_audience ->> 'source'
        when 'target_audience' then ddp.active_user_type() <> 'admin'
        when 'send' then (
            select p.recipients_masked from public.send_plans p
            where p.send_plan_id = (p_audience ->> 'send_plan_id')::uuid
        )
        else false
    end
$$;
comment on function ddp.masks_recipients(jsonb) is
    'Whether the recipients of a (frozen) audience are masked to the acting user, who sends to them: users of the platform, '
    'also those of an earlier send.';
revoke all on function ddp.masks_recipients(jsonb) from public, anon, authenticated, service_role;

create or replace function ddp.sendable_campaign(p_campaign_id uuid) returns public.campaigns
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_campaign public.campaigns := ddp.visible_campaign(p_campaign_id);
begin
    -- Locked, so that no pause falls between the check and the plan.
    select c.* into strict v_campaign from public.campaigns c where c.campaign_id = p_campaign_id for share;
    perform ddp.require(
        v_campaign.campaign_status = 'active', 'PT409', format('This campaign is %s: messages can be sent only while it is active.', v_campaign.campaign_status),
        jsonb_build_object('code', 'wrong-status', 'campaign_status', v_campaign.campaign_status)
    );
    return v_campaign;
end
$$;
comment on function ddp.sendable_campaign(uuid) is
    'The campaign, share-locked, if the acting user sees it and it is active; PT404 or PT409.';
revoke all on function ddp.sendable_campaign(uuid) from public, anon, authenticated, service_role;

create or replace function ddp.check_schedule(p_scheduled_at timestamptz, p_end_date timestamptz) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_scheduled_at is null or p_scheduled_at > now() and p_scheduled_at <= now() + interval '1 year', 'PT422',
        'A scheduled time must be within the next year.', '{"code": "invalid-schedule"}'
    );
    perform ddp.require(
        p_end_date is null or coalesce(p_scheduled_at, now()) < p_end_date, 'PT409',
        'The campaign will have ended by then: choose an earlier time, or ask its creator to move its end.', '{"code": "campaign-over"}'
    );
end
$$;
comment on function ddp.check_schedule(timestamptz, timestamptz) is
    'PT422 for a time that is not within the next year (null: now), PT409 for one after the campaign''s end.';
revoke all on function ddp.check_schedule(timestamptz, timestamptz) from public, anon, authenticated, service_role;
