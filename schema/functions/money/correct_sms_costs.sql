-- requires: functions/sms_price.sql, functions/currency.sql, policies/sending.sql, policies/send_plans.sql, policies/campaign_expenses.sql
-- The carrier's last word comes up to 72 hours after a message was sent, and with it what it was charged. So a completed plan's
-- expense is corrected for that long, from the plan's budget, which counts what all its messages cost.

create or replace function ddp.correct_sms_costs() returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_booked bigint;
begin
    -- One at a time: the next one must see what this one booked.
    if not pg_try_advisory_xact_lock(hashtext('ddp.correct_sms_costs')) then
        return 0;
    end if;
    with recent as (
        -- The events themselves may wait for some hours.
        select p.send_plan_id from public.send_plans p
        where coalesce(p.completed_at, p.cancelled_at, p.failed_at) > now() - interval '75 hours' and p.channel = 'sms'
            and p.records_removed_at is null
        union
        -- A person settled unknown results as sent.
        select p.send_plan_id from public.send_plans p
        where p.cost_booked_at > now() - interval '75 hours' and p.channel = 'sms'
    ), wrong as (
        select p.*, round(b.charged, 2) - spent.amount as difference
        from recent r
        join public.send_plans p on p.send_plan_id = r.send_plan_id
        join ddp.budgets b on b.scope = 'send_plan' and b.owner_id = p.send_plan_id and b.period = ''
        cross join lateral (
            select coalesce(sum(e.amount), 0) as amount
            from public.campaign_expenses e
            where e.send_plan_id = p.send_plan_id
        ) spent
        where p.records_removed_at is null and p.cost_booked_at >= p.completed_at
            and ddp.currency() = 'USD'  -- of expenses
    ), booked as (
        insert into public.campaign_expenses (campaign_id, amount, description, created_by_user_id, send_plan_id)
        select w.campaign_id, w.difference, 'Correction: what the provider charged for SMS', w.created_by_user_id, w.send_plan_id
        from wrong w
        where w.difference <> 0
        returning campaign_id, amount, created_by_user_id
    ), noted as (
        select ddp.sms_costs_booked(array_agg(b.campaign_id), array_agg(b.created_by_user_id), array_agg(b.amount))
        from booked b
        having count(*) > 0
    )
    select count(*) into v_booked from booked left join noted on true;
    return v_booked;
end
$$;
comment on function ddp.correct_sms_costs() is
    'Books, as expenses of their campaigns, by how much the provider charged more or less for completed plans than was booked; '
    'returns the number of expenses. For three days after completion, and after a person settled unknown results.';
revoke all on function ddp.correct_sms_costs() from public, anon, authenticated, service_role;
grant execute on function ddp.correct_sms_costs() to service_role;
