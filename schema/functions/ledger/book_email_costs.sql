-- twin: sms (book_sms_costs)
-- requires: functions/email_price.sql, functions/sms_price.sql, policies/email_sends.sql, policies/campaign_expenses.sql

create or replace function ddp.book_email_costs(p_price_per_thousand numeric) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with done as (
        update public.send_plans p set cost_booked_at = p.completed_at
        where p.channel = 'email' and p.completed_at is not null
            and (p.cost_booked_at is null or p.cost_booked_at < p.completed_at)
        returning p.*
    ), cost as (
        select d.*, sent.messages, ddp.email_cost(sent.messages, sent.prices, p_price_per_thousand) - booked.amount as amount
        from done d
        cross join lateral (
            select count(*) as messages, coalesce(sum(s.price), 0) as prices
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
        returning 1
    )
    select count(*) from booked
$$;
comment on function ddp.book_email_costs(numeric) is
    'Books the cost of accepted messages of plans that were completed as an expense of their campaign; after a retry, what '
    'was added. Returns the number of expenses.';
revoke all on function ddp.book_email_costs(numeric) from public, anon, authenticated, service_role;
grant execute on function ddp.book_email_costs(numeric) to service_role;
