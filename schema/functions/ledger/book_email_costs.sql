-- twin: sms (book_sms_costs)
-- requires: functions/email_price.sql, functions/sms_price.sql, policies/email_sends.sql, policies/campaign_expenses.sql

create or replace function ddp.book_email_costs(p_price_per_thousand numeric) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with due as materialized (
        select p.send_plan_id
        from public.send_plans p
        where p.channel = 'email' and p.completed_at is not null
            and (p.cost_booked_at is null or p.cost_booked_at < p.completed_at)
        order by p.send_plan_id
        for no key update
    ), done as (
        update public.send_plans p set cost_booked_at = p.completed_at
        from due d
        where p.send_plan_id = d.send_plan_id
        returning p.*
    ), cost as (
        select d.*, sent.messages, ddp.email_cost(sent.messages, sent.prices, p_price_per_thousand) - booked.amount as amount
        from done d
        cross join lateral (
            select count(*) as messages, coalesce(sum(ddp.email_charged(s)), 0) as prices
            from public.email_sends s
            where s.email_campaign_id = d.email_campaign_id and s.accepted_attempts <> 0
        ) sent
        cross join lateral (
            select coalesce(sum(e.amount), 0) as amount
            from public.campaign_expenses e
            where e.send_plan_id = d.send_plan_id
        ) booked
    ), booked as (
        insert into public.campaign_expenses (campaign_id, amount, description, created_by_user_id, send_plan_id)
        select c.campaign_id, c.amount, format('E-mail to %s recipients', c.messages), c.created_by_user_id, c.send_plan_id
        from cost c
        where c.amount <> 0
        returning campaign_id, amount, created_by_user_id
    ), noted as (
        select ddp.email_costs_booked(
            array_agg(b.campaign_id), array_agg(b.created_by_user_id), array_agg(b.amount)
        )
        from booked b
        having count(*) > 0
    )
    select count(*) from booked left join noted on true
$$;
comment on function ddp.book_email_costs(numeric) is
    'Books the cost of accepted messages of plans that were completed as an expense of their campaign; after a retry, what '
    'was added. Returns the number of expenses.';
revoke all on function ddp.book_email_costs(numeric) from public, anon, authenticated, service_role;
grant execute on function ddp.book_email_costs(numeric) to service_role;
