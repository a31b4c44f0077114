-- twin: sms (earlier_sms_plan, freeze_earlier_sms, sms_group_of, sms_group_size)
-- requires: functions/email_group.sql, functions/sms_group.sql, functions/recipients_are_gone.sql
-- requires: functions/require_active_user.sql, policies/suppressions.sql
-- Writing again to some recipients of an earlier send: of which one, to whom, and what of it a new plan keeps.

create or replace function ddp.email_group_of(p_email_campaign_id uuid, p_owner uuid, p_who text)
    returns setof public.email_sends
    language sql stable
as $$
    select s.*
    from public.email_sends s
    where s.email_campaign_id = p_email_campaign_id and s.created_by_user_id = p_owner
        and s.status = any (ddp.email_group(p_who))
        and s.erased_at is null
        -- A message to an address that gets none for ever did not fail by chance. Others expire.
        and (
            p_who <> 'failed'
            or not exists (
                select from public.suppressions x
                where x.address_hash = s.recipient_hash and x.channel = 'email'
                    and (x.owner_user_id is null or x.owner_user_id = p_owner) and x.expires_at is null
            )
        )
$$;
comment on function ddp.email_group_of(uuid, uuid, text) is
    'The recipients of an earlier e-mail who belong to a group now. Who is pending, being sent to or unknown is in none.';

create or replace function ddp.earlier_email_plan(p_email_campaign_id uuid, p_who text) returns public.send_plans
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_plan public.send_plans;
begin
    perform ddp.require_email_group(p_who);
    select p.* into v_plan
    from public.email_campaigns e
    left join public.send_plans p on p.email_campaign_id = e.email_campaign_id
    where e.email_campaign_id = p_email_campaign_id and e.created_by_user_id = v_user_id;
    perform ddp.require(
        found, 'PT404', 'You have sent no such e-mail: give the id of an earlier e-mail campaign of yours.',
        '{"code": "earlier-send-not-found"}'
    );
    perform ddp.require(
        v_plan.send_plan_id is not null, 'PT409', 'Sending of the earlier e-mail campaign has not been requested yet.',
        '{"code": "earlier-send-not-requested"}'
    );
    perform ddp.require(
        coalesce(v_plan.planned_at, v_plan.cancelled_at, v_plan.failed_at) is not null, 'PT409',
        'The recipients of the earlier e-mail campaign are not planned yet: try again when they are.',
        '{"code": "earlier-send-not-planned"}'
    );
    perform ddp.require(
        not ddp.recipients_are_gone(v_plan.send_plan_id), 'PT409',
        'The earlier e-mail campaign ended so long ago that its recipients were removed.',
        '{"code": "recipients-removed"}'
    );
    return v_plan;
end
$$;
comment on function ddp.earlier_email_plan(uuid, text) is
    'The plan of an earlier e-mail campaign of the acting user, to a group of whose recipients a new one can go; PT404, '
    'PT409 or PT422.';

create or replace function ddp.freeze_earlier_email(p_audience jsonb) returns jsonb
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_plan public.send_plans;
    v_users jsonb;
begin
    perform ddp.require(
        p_audience ->> 'id' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', 'PT422',
        'Give the id of the earlier e-mail campaign.', '{"code": "invalid-audience"}'
    );
    v_plan := ddp.earlier_email_plan((p_audience ->> 'id')::uuid, p_audience ->> 'who');
    -- Users of the platform, also after a chain of sends: whoever left or no longer agrees is not written to.
    v_users := case v_plan.audience ->> 'source'
        when 'target_audience' then
            jsonb_build_object('campaign_id', v_plan.campaign_id, 'criteria', v_plan.audience -> 'criteria')
        when 'send' then v_plan.audience -> 'users'
    end;
    return jsonb_build_object(
        'source', 'send', 'id', v_plan.email_campaign_id, 'who', p_audience ->> 'who', 'send_plan_id', v_plan.send_plan_id
    ) || case when v_users is null then '{}' else jsonb_build_object('users', v_users) end;
end
$$;
comment on function ddp.freeze_earlier_email(jsonb) is
    'An audience given as a group of an earlier e-mail''s recipients: ids and words, no address; PT404, PT409 or PT422.';

create or replace function public.email_group_size(p_email_campaign_id uuid, p_who text) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_plan constant public.send_plans := ddp.earlier_email_plan(p_email_campaign_id, p_who);
begin
    return jsonb_build_object(
        'recipients', (
            select count(*) from ddp.email_group_of(p_email_campaign_id, v_plan.created_by_user_id, p_who)
        ),
        'undecided', (
            select count(*) from public.email_sends s
            where s.created_by_user_id = v_plan.created_by_user_id and s.email_campaign_id = p_email_campaign_id
                and s.status in ('pending', 'sending', 'unknown')
        )
    ) || ddp.email_group_doubts(v_plan, p_who);
end
$$;
comment on function public.email_group_size(uuid, text) is
    'How many recipients of an own earlier e-mail are in a group now (not_clicked, not_opened, failed, missed), how many '
    'are in none because they are pending, being sent to or unknown, and of not_opened how many messages were accepted '
    'and how many of them machines opened.';

revoke all on function
    ddp.email_group_of(uuid, uuid, text), ddp.earlier_email_plan(uuid, text), ddp.freeze_earlier_email(jsonb),
    public.email_group_size(uuid, text)
    from public, anon, authenticated, service_role;
grant execute on function ddp.email_group_of(uuid, uuid, text) to service_role;
grant execute on function public.email_group_size(uuid, text) to authenticated;
