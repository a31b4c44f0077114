-- twin: sms (sms_ab_test_progress)
-- requires: functions/decide_email_ab_test.sql

create or replace function ddp.email_ab_test_progress(p_plan public.send_plans) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object(
        'status', case
            when t.decided_at is not null then 'decided'
            when p_plan.cancelled_at is not null or p_plan.failed_at is not null then 'over'
            when t.asked_at is not null then 'asking'
            when t.tested_at is not null then 'waiting'
            else 'testing'
        end,
        'share_percent', p_plan.test_share,
        'decide_after_seconds', extract(epoch from t.decide_after)::integer,
        'metric', t.metric,
        'if_unclear', t.if_unclear,
        'tested_at', t.tested_at,
        'decides_at', case when t.decided_at is null and t.asked_at is null then t.tested_at + t.decide_after end,
        'asked_at', t.asked_at,
        'decided_at', t.decided_at,
        'decided_by', case when t.decided_at is not null then case when t.decided_by is null then 'numbers' else 'person' end end,
        'winner', ddp.variant_letter(p_plan.winner),
        'waiting', (
            select count(*) from public.email_sends s
            where s.created_by_user_id = p_plan.created_by_user_id and s.email_campaign_id = p_plan.email_campaign_id
                and s.status = 'pending' and s.variant is null
        ),
        'variants', ddp.email_variant_numbers(p_plan),
        'evaluation', t.evaluation,
        'words', case
            when t.decided_by is not null then
                format('%s A person chose %s for the rest.', t.evaluation ->> 'words', ddp.variant_letter(p_plan.winner))
            when t.decided_at is not null then
                format('%s The rest gets %s.', t.evaluation ->> 'words', ddp.variant_letter(p_plan.winner))
            when t.asked_at is not null then format('%s Choose a variant for the rest.', t.evaluation ->> 'words')
        end
    )
    from ddp.ab_tests t
    where t.send_plan_id = p_plan.send_plan_id
$$;
comment on function ddp.email_ab_test_progress(public.send_plans) is
    'The A/B test of a plan: its settings, how far it is, each variant''s numbers, and what was decided, in words too; null: it '
    'tests nothing. waiting: recipients of the rest who have got no message yet.';
revoke all on function ddp.email_ab_test_progress(public.send_plans) from public, anon, authenticated, service_role;
