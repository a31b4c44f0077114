-- twin: sms (request_sms_export)
-- requires: functions/own_email_plan.sql, policies/send_exports.sql

create or replace function public.request_email_export(
    p_email_campaign_id uuid, p_kind text, p_statuses text[] default '{}'
) returns public.send_exports
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.own_email_campaign(p_email_campaign_id);
    v_plan public.send_plans;
    v_export public.send_exports;
begin
    perform ddp.require_editor();
    select p.* into v_plan from public.send_plans p where p.email_campaign_id = v_message.email_campaign_id;
    perform ddp.require(
        v_plan.send_plan_id is not null, 'PT409', 'Sending of this e-mail campaign has not been requested yet.',
        '{"code": "not-requested"}'
    );
    perform ddp.require(
        p_kind in ('recipients', 'rejections'), 'PT422', 'An export''s kind is "recipients" or "rejections".',
        '{"code": "invalid-kind"}'
    );
    perform ddp.require(
        p_statuses is not null and p_statuses <@ enum_range(null::public.email_send_status)::text[], 'PT422',
        'There is no such status.', '{"code": "invalid-status"}'
    );
    perform ddp.require(
        cardinality(p_statuses) <= 20, 'PT422', 'Give each status once.', '{"code": "invalid-status"}'
    );
    perform ddp.require(
        not v_plan.recipients_masked or ddp.active_user_type() = 'admin', 'PT403',
        'The recipients of this send are users of the platform: their addresses cannot be exported.',
        '{"code": "recipients-masked"}'
    );
    perform from public.users u where u.user_id = ddp.active_user_id() for no key update;
    perform ddp.require(
        (
            select count(*) from public.send_exports x
            where x.created_by_user_id = ddp.active_user_id() and x.state = 'pending'
        ) < 5,
        'PT429', 'You already have five exports in progress: wait for one of them.', '{"code": "too-many-exports"}'
    );
    insert into public.send_exports (send_plan_id, created_by_user_id, kind, statuses)
    values (v_plan.send_plan_id, ddp.active_user_id(), p_kind, p_statuses)
    returning * into v_export;
    return v_export;
end
$$;
comment on function public.request_email_export(uuid, text, text[]) is
    'Requests a CSV of an own send''s recipients with these statuses (none given: all), or of the lines that were '
    'rejected. At most five at a time; not for recipients that are users of the platform.';
revoke all on function public.request_email_export(uuid, text, text[]) from public, anon, authenticated, service_role;
grant execute on function public.request_email_export(uuid, text, text[]) to authenticated;
