-- twin: sms (settle_unknown_sms_sends)
-- requires: functions/retry_email_sends.sql

create or replace function public.settle_unknown_email_sends(
    p_email_campaign_id uuid, p_action text, p_email_send_ids uuid[] default null
) returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_plan constant public.send_plans := ddp.lock_own_email_plan(p_email_campaign_id);
    v_status constant text := case p_action when 'mark_sent' then 'sent' when 'retry' then 'pending' end;
    v_note constant jsonb := jsonb_build_object(
        'settled', jsonb_build_object('by', auth.uid(), 'at', now(), 'as', p_action)
    );
    v_ids uuid[];
begin
    perform ddp.require(
        v_status is not null, 'PT422', 'Unknown results are settled by "mark_sent" or "retry".',
        '{"code": "invalid-action"}'
    );
    perform ddp.require(
        p_email_send_ids is null or cardinality(p_email_send_ids) between 1 and 10000, 'PT422',
        'Give the ids of 1 to 10,000 messages, or none to settle all.', '{"code": "invalid-sends"}'
    );
    perform ddp.require_open_plan(v_plan, p_may_be_complete => true) where p_action = 'retry';
    -- In the order in which results and events lock rows.
    select coalesce(array_agg(u.email_send_id), '{}') into v_ids
    from (
        select s.email_send_id
        from public.email_sends s
        where s.created_by_user_id = v_plan.created_by_user_id and s.email_campaign_id = v_plan.email_campaign_id
            and s.status = 'unknown' and (p_email_send_ids is null or s.email_send_id = any (p_email_send_ids))
            and (p_action = 'mark_sent' or s.attempt < 30 and s.erased_at is null)
        order by s.email_send_id
        limit 10000
        for no key update
    ) u;
    if p_action = 'retry' then
        perform ddp.reopen_email_sends(v_plan, v_ids, v_note);
    else
        update public.email_sends s
        set status = 'sent', sent_at = coalesce(s.sent_at, s.unknown_at), unknown_at = null, metadata = s.metadata || v_note
        where s.email_send_id = any (v_ids);
        -- Of a completed plan, what these cost is an expense too, however late.
        update public.send_plans p set cost_booked_at = now()
        where p.send_plan_id = v_plan.send_plan_id and p.cost_booked_at >= p.completed_at and v_ids <> '{}';
    end if;
    if cardinality(v_ids) > 0 then
        perform ddp.log_change(
            'email_sends', p_email_campaign_id, '{"status": "unknown"}',
            jsonb_build_object('status', v_status, 'count', cardinality(v_ids), 'email_send_ids', v_ids)
        );
    end if;
    return jsonb_build_object(
        'send_plan_id', v_plan.send_plan_id, 'settled', cardinality(v_ids),
        'is_finished', cardinality(v_ids) < 10000,
        'chunks', case when p_action = 'retry' then ddp.first_due_chunks(v_plan.send_plan_id) else '[]' end
    );
end
$$;
comment on function public.settle_unknown_email_sends(uuid, text, uuid[]) is
    'A person settles messages whose result is unknown: `mark_sent` (with the time of the attempt, if no better one is '
    'known), or `retry` (another attempt, which duplicates the message if the first one went out). These messages, or up '
    'to 10,000 of the campaign; one row in the audit trail names them. Ids of messages that are not unknown are ignored.';
revoke all on function public.settle_unknown_email_sends(uuid, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.settle_unknown_email_sends(uuid, text, uuid[]) to authenticated;
