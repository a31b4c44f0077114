-- twin: sms (sms_campaign_progress)
-- requires: functions/own_email_plan.sql, functions/plan_state.sql, functions/standstill.sql
-- requires: functions/email_progress.sql, functions/sms_progress.sql, functions/email_ab_test_progress.sql

create or replace function public.email_campaign_progress(p_email_campaign_id uuid) returns jsonb
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_message constant public.email_campaigns := ddp.visible_email_campaign(p_email_campaign_id);
    v_plan public.send_plans;
    v_counts jsonb;
    v_batches record;
    v_rate double precision;
    v_waiting bigint;
    v_due record;
begin
    select p.* into v_plan from public.send_plans p where p.email_campaign_id = p_email_campaign_id;
    select coalesce(jsonb_object_agg(c.status, c.recipients), '{}') into v_counts
    from (
        select s.status, count(*) as recipients
        from public.email_sends s
        where s.created_by_user_id = v_message.created_by_user_id and s.email_campaign_id = p_email_campaign_id
        group by s.status
    ) c;
    select
        coalesce(max(b.records_read), 0) as records_read, coalesce(sum(b.duplicates), 0) as duplicates,
        coalesce(sum(b.rejected), 0) as rejected
    into v_batches
    from ddp.send_plan_batches b where b.send_plan_id = v_plan.send_plan_id;
    select coalesce(sum(c.accepted), 0)
        / greatest(1, least(60, extract(epoch from now() - v_plan.started_at))) into v_rate
    from ddp.send_calls c
    where c.send_plan_id = v_plan.send_plan_id and c.ended_at > now() - interval '1 minute';
    select min(c.due_at) as first, max(c.due_at) as last into v_due
    from ddp.send_chunks c where c.send_plan_id = v_plan.send_plan_id and c.due_at is not null;
    v_waiting := coalesce((v_counts ->> 'pending')::bigint, 0) + coalesce((v_counts ->> 'sending')::bigint, 0);

    return jsonb_build_object(
        'email_campaign_id', p_email_campaign_id,
        'send_plan_id', v_plan.send_plan_id,
        'state', ddp.plan_state(v_plan),
        'pause', ddp.plan_pause(v_plan),
        'failure', case when v_plan.failed_at is not null then
            jsonb_build_object('code', v_plan.failure_code, 'reason', v_plan.failure_reason)
        end,
        'counts', v_counts,
        'recipients', (select coalesce(sum(c.value::bigint), 0) from jsonb_each_text(v_counts) c),
        'in_flight', coalesce(ddp.email_in_flight(v_plan), 0),
        'unknown', coalesce((v_counts ->> 'unknown')::bigint, 0),
        'missed', coalesce((v_counts ->> 'missed')::bigint, 0),
        'missed_by_cap', case when v_counts ? 'missed' then (
            select count(*) from public.email_sends s
            where s.created_by_user_id = v_message.created_by_user_id and s.email_campaign_id = p_email_campaign_id
                and s.status = 'missed' and s.failure_code = 'frequency-cap'
        ) else 0 end,
        'records_read', v_batches.records_read,
        'duplicates', v_batches.duplicates,
        'rejected', v_batches.rejected,
        'rate_per_second', coalesce(round(v_rate::numeric, 2), 0)
    ) || jsonb_build_object(
        'stalled_since', ddp.stalled_since(v_plan),
        'overdue_seconds', greatest(0, extract(epoch from now() - v_due.first))::bigint,
        'estimated_end_at', case
            when v_waiting > 0 and v_rate > 0 and v_plan.planned_at is not null
                and ddp.plan_state(v_plan) = 'sending' and (v_plan.test_share is null or v_plan.winner is not null)
                then greatest(v_due.last, greatest(now(), v_due.first) + v_waiting / v_rate * interval '1 second')
        end,
        'requested_at', v_message.requested_at,
        'scheduled_at', v_plan.scheduled_at,
        'spread_until', v_plan.scheduled_at + v_plan.spread_over,
        'planned_at', v_plan.planned_at,
        'started_at', v_plan.started_at,
        'cancelled_at', v_plan.cancelled_at,
        'completed_at', v_plan.completed_at,
        'ab_test', case when v_plan.test_share is not null then ddp.email_ab_test_progress(v_plan) end
    ) || ddp.email_progress(v_plan);
end
$$;
comment on function public.email_campaign_progress(uuid) is
    'The progress of a send: its state and why it is paused, recipients by status, records read, rejected and duplicated '
    'in the source, the rate over the last minute, when it may end at that rate and its schedule, by how much the first '
    'waiting recipient is overdue, since when it stands still although nothing holds it up, and its A/B test. For everyone who '
    'sees the e-mail campaign: counts, no addresses.';
revoke all on function public.email_campaign_progress(uuid) from public, anon, authenticated, service_role;
grant execute on function public.email_campaign_progress(uuid) to authenticated;
