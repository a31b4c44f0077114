-- twin: sms (sms_send_call, sms_send_history)
-- requires: functions/list_email_sends.sql, functions/own_email_plan.sql, functions/plan_state.sql
-- requires: functions/last_email_events.sql
-- The life of one recipient: when it was planned, the last provider call, the provider's events, suppressions.
-- functions/list_email_sends.sql has the rest.

create or replace function ddp.email_send_call(p_send_call_id uuid) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object(
        'claimed_at', c.created_at, 'leased_until', c.leased_until, 'started_at', c.started_at, 'ended_at', c.ended_at,
        'recipients', c.recipients, 'accepted', c.accepted
    )
    from ddp.send_calls c where c.send_call_id = p_send_call_id
$$;
comment on function ddp.email_send_call(uuid) is 'A provider call and its claim, as the sender may see it.';
revoke all on function ddp.email_send_call(uuid) from public, anon, authenticated, service_role;

create or replace function public.email_send_history(p_email_campaign_id uuid, p_email_send_id uuid) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.own_email_campaign(p_email_campaign_id);
    v_plan public.send_plans;
    v_send public.email_sends;
    v_masked boolean;
begin
    select s.* into v_send
    from public.email_sends s
    where s.email_send_id = p_email_send_id and s.email_campaign_id = p_email_campaign_id;
    perform ddp.require(
        v_send.email_send_id is not null, 'PT404', 'This e-mail campaign has no such recipient.',
        '{"code": "send-not-found"}'
    );
    select p.* into v_plan from public.send_plans p where p.email_campaign_id = p_email_campaign_id;
    v_masked := coalesce(v_plan.recipients_masked and ddp.active_user_type() <> 'admin', false);
    return jsonb_build_object(
        'requested_at', v_plan.created_at,
        'scheduled_at', v_plan.scheduled_at,
        'planned_at', v_plan.planned_at,
        'plan_status', ddp.plan_state(v_plan),
        'call', ddp.email_send_call(v_send.send_call_id),
        'events', ddp.last_email_events(p_email_send_id, v_masked),
        -- Of suppressions for everyone, only that there is one: as check_address().
        'suppressions', case when not v_masked then (
            select coalesce(jsonb_agg(
                jsonb_build_object(
                    'reason', case when x.owner_user_id is not null then x.reason end,
                    'since', case when x.owner_user_id is not null then x.created_at end,
                    'by_this_message', x.email_send_id is not distinct from p_email_send_id
                )
                order by x.created_at
            ), '[]')
            from public.suppressions x
            where x.address_hash = v_send.recipient_hash and x.channel = 'email'
                and (x.owner_user_id is null or x.owner_user_id = v_message.created_by_user_id)
        ) end
    );
end
$$;
comment on function public.email_send_history(uuid, uuid) is
    'What led to the state of one recipient of an own e-mail campaign: plan, last provider call, last 100 events, '
    'suppressions. Of masked recipients neither details of events nor suppressions, unless the caller is an administrator. '
    'PT404, PT403.';
revoke all on function public.email_send_history(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.email_send_history(uuid, uuid) to authenticated;
