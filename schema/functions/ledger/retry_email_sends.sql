-- requires: functions/email_plan_state.sql, functions/log_change.sql
-- Another attempt because a person asks for it, and only for messages that the provider never accepted. Bounced,
-- complained-about and suppressed ones are never sent again, and one that was accepted would become a duplicate.

create or replace function ddp.reopen_email_sends(p_plan public.send_plans, p_email_send_ids uuid[], p_note jsonb)
    returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- They are due now: the time of the first attempt must not make the second one late.
    with reopened as (
        update public.email_sends s
        set status = 'pending', attempt = s.attempt + 1, not_before = now(), send_call_id = null, unknown_at = null,
            failed_at = null, failure_code = null, failure_reason = null, metadata = s.metadata || p_note
        where s.email_send_id = any (p_email_send_ids)
        returning s.chunk_no
    )
    update ddp.send_chunks c set due_at = now(), queued_at = null
    from (select distinct r.chunk_no from reopened r) r
    where c.send_plan_id = p_plan.send_plan_id and c.chunk_no = r.chunk_no;
    update public.send_plans p set completed_at = null, resumed_at = now()
    where p.send_plan_id = p_plan.send_plan_id and cardinality(p_email_send_ids) > 0;
end
$$;
comment on function ddp.reopen_email_sends(public.send_plans, uuid[], jsonb) is
    'Opens another attempt for these (locked) recipients, due at once; the plan is no longer complete.';
revoke all on function ddp.reopen_email_sends(public.send_plans, uuid[], jsonb)
    from public, anon, authenticated, service_role;

create or replace function public.retry_email_sends(p_email_campaign_id uuid, p_failure_codes text[] default null)
    returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_plan constant public.send_plans := ddp.lock_own_email_plan(p_email_campaign_id);
    v_ids uuid[];
    v_more boolean;
begin
    perform ddp.require_email_plan(v_plan, p_may_be_complete => true);
    -- 30: accepted_attempts has a bit for each attempt.
    select coalesce(array_agg(f.email_send_id), '{}') into v_ids
    from (
        select s.email_send_id
        from public.email_sends s
        where s.created_by_user_id = v_plan.created_by_user_id and s.email_campaign_id = v_plan.email_campaign_id
            and s.status = 'failed' and s.accepted_attempts = 0 and s.attempt < 30 and s.chunk_no is not null
            and (p_failure_codes is null or s.failure_code = any (p_failure_codes))
        limit 20000
        for no key update skip locked
    ) f;
    perform ddp.reopen_email_sends(v_plan, v_ids, '{}');
    v_more := cardinality(v_ids) = 20000;
    if cardinality(v_ids) > 0 then
        perform ddp.log_change(
            'send_plans', v_plan.send_plan_id, '{"status": "failed"}',
            jsonb_build_object('status', 'pending', 'count', cardinality(v_ids), 'failure_codes', p_failure_codes)
        );
    end if;
    return jsonb_build_object(
        'send_plan_id', v_plan.send_plan_id, 'retried', cardinality(v_ids), 'is_finished', not v_more,
        'chunks', ddp.call_email_chunks(v_plan.send_plan_id)
    );
end
$$;
comment on function public.retry_email_sends(uuid, text[]) is
    'Opens another attempt for every failed recipient (or those that failed for one of these reasons), up to 20,000 per '
    'call. The person who asks knows what was fixed, so no reason is excluded. Never for messages that the provider '
    'accepted, nor for bounced, complained, suppressed, missed and cancelled ones. PT409 for a cancelled or failed send.';
revoke all on function public.retry_email_sends(uuid, text[]) from public, anon, authenticated, service_role;
grant execute on function public.retry_email_sends(uuid, text[]) to authenticated;

create or replace function public.settle_unknown_sends(
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
    perform ddp.require_email_plan(v_plan, p_may_be_complete => true) where p_action = 'retry';
    -- In the order in which results and events lock rows.
    select coalesce(array_agg(u.email_send_id), '{}') into v_ids
    from (
        select s.email_send_id
        from public.email_sends s
        where s.created_by_user_id = v_plan.created_by_user_id and s.email_campaign_id = v_plan.email_campaign_id
            and s.status = 'unknown' and (p_email_send_ids is null or s.email_send_id = any (p_email_send_ids))
            and (p_action = 'mark_sent' or s.attempt < 30)
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
        'chunks', case when p_action = 'retry' then ddp.call_email_chunks(v_plan.send_plan_id) else '[]' end
    );
end
$$;
comment on function public.settle_unknown_sends(uuid, text, uuid[]) is
    'A person settles messages whose result is unknown: `mark_sent` (with the time of the attempt, if no better one is '
    'known), or `retry` (another attempt, which duplicates the message if the first one went out). These messages, or up '
    'to 10,000 of the campaign; one row in the audit trail names them. Ids of messages that are not unknown are ignored.';
revoke all on function public.settle_unknown_sends(uuid, text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.settle_unknown_sends(uuid, text, uuid[]) to authenticated;
