-- requires: functions/sms_money.sql, policies/sending.sql

create or replace function ddp.sms_progress(p_plan public.send_plans) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object(
        'parts', (
            select coalesce(sum(s.units), 0) from public.sms_sends s
            where s.created_by_user_id = p_plan.created_by_user_id and s.sms_campaign_id = p_plan.sms_campaign_id
        ),
        -- Texts: a number of JSON would lose its last digits on the way.
        'estimated', p_plan.estimated_cost::text,
        'reserved', coalesce(own.reserved, 0)::text,
        'charged', coalesce(own.charged, 0)::text,
        'cap', (
            select case when count(o.cap) > 0 then greatest(
                0, min(o.cap - coalesce(b.reserved + b.charged, 0)) + coalesce(own.reserved + own.charged, 0)
            ) end::text
            from ddp.sms_budgets_of(p_plan.send_plan_id, ddp.sms_month_of_calls(p_plan)) o
            left join ddp.budgets b on b.scope = o.scope and b.owner_id = o.owner_id and b.period = o.period
        ),
        'over_budget', case when own.exhausted_at is not null then ddp.over_budget(p_plan) end,
        'next_window_at', (
            select min(c.due_at) from ddp.send_chunks c
            where c.send_plan_id = p_plan.send_plan_id and c.due_at is not null
            having min(c.due_at) > now()
        )
    )
    from (values (1)) one
    left join ddp.budgets own
        on own.scope = 'send_plan' and own.owner_id = p_plan.send_plan_id and own.period = ''
$$;
comment on function ddp.sms_progress(public.send_plans) is
    'What the progress of SMS shows beside that of all channels: parts; US dollars estimated when it was planned, reserved, '
    'charged, and the most it may cost (null: no budget says so); why nothing more fits; when the next messages may go, '
    'if none may now.';
revoke all on function ddp.sms_progress(public.send_plans) from public, anon, authenticated, service_role;
