-- twin: sms (reopen_sms_sends, retry_sms_sends)
-- requires: functions/own_email_plan.sql, functions/plan_state.sql, functions/due_chunks.sql, functions/log_change.sql
-- Another attempt because a person asks for it, and only for messages that the provider never accepted. Bounced,
-- complained-about and suppressed ones are never sent again, and one that was accepted would become a duplicate.

create or replace function ddp.reopen_email_sends(p_plan public.send_plans, p_email_send_ids uuid[], p_note jsonb)
    returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- Chunks before budgets, which the messages' trigger locks: claims do so too.
    perform ddp.open_chunks(array_agg(p_plan.send_plan_id), array_agg(c.chunk_no), array_agg(now()))
    from (
        select distinct s.chunk_no from public.email_sends s where s.email_send_id = any (p_email_send_ids)
    ) c
    having count(*) > 0;
    -- They are due now: the time of the first attempt must not make the second one late.
    update public.email_sends s
    set status = 'pending', attempt = s.attempt + 1, not_before = now(), send_call_id = null, unknown_at = null,
        failed_at = null, failure_code = null, failure_reason = null, metadata = s.metadata || p_note
    where s.email_send_id = any (p_email_send_ids);
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
    perform ddp.require_open_plan(v_plan, p_may_be_complete => true);
    perform ddp.require(
        coalesce(cardinality(p_failure_codes), 0) <= 50 and coalesce(length(p_failure_codes::text), 0) <= 4000, 'PT422',
        'Give at most 50 failure codes.', '{"code": "invalid-failure-codes"}'
    );
    -- 30: accepted_attempts has a bit for each attempt.
    select coalesce(array_agg(f.email_send_id), '{}') into v_ids
    from (
        select s.email_send_id
        from public.email_sends s
        where s.created_by_user_id = v_plan.created_by_user_id and s.email_campaign_id = v_plan.email_campaign_id
            and s.status = 'failed' and s.accepted_attempts = 0 and s.attempt < 30 and s.chunk_no is not null
            and s.erased_at is null
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
        'chunks', ddp.first_due_chunks(v_plan.send_plan_id)
    );
end
$$;
comment on function public.retry_email_sends(uuid, text[]) is
    'Opens another attempt for every failed recipient (or those that failed for one of these reasons), up to 20,000 per '
    'call. The person who asks knows what was fixed, so no reason is excluded. Never for messages that the provider '
    'accepted, nor for bounced, complained, suppressed, missed and cancelled ones. PT409 for a cancelled or failed send.';
revoke all on function public.retry_email_sends(uuid, text[]) from public, anon, authenticated, service_role;
grant execute on function public.retry_email_sends(uuid, text[]) to authenticated;
