-- What sending SMS costs: the price of each message stands on its row.

create or replace function ddp.reserve_sms_price(p_send_plan_id uuid, p_prices numeric[]) returns integer
    language sql immutable  -- without `set`, the planner puts it in its caller's place
    return cardinality(p_prices);
comment on function ddp.reserve_sms_price(uuid, numeric[]) is
    'How many of these messages, in their order, may go for the money that is left; reserves their prices. All: there is '
    'no cap on the cost of SMS yet.';
create or replace function ddp.book_sms_costs() returns bigint
    language sql volatile
    set search_path = ''
as $$
    with done as (
        update public.send_plans p set cost_booked_at = p.completed_at
        where p.channel = 'sms' and p.completed_at is not null
            and (p.cost_booked_at is null or p.cost_booked_at < p.completed_at)
        returning p.*
    ), booked as (
        insert into public.campaign_expenses (campaign_id, amount, description, created_by_user_id, send_plan_id)
        select d.campaign_id, round(sent.price, 2) - earlier.amount, format('SMS to %s recipients', sent.messages),
            d.created_by_user_id, d.send_plan_id
        from done d
        cross join lateral (
            select count(*) as messages, coalesce(sum(s.price), 0) as price
            from public.sms_sends s
            where s.sms_campaign_id = d.sms_campaign_id and s.accepted_attempts <> 0
        ) sent
        cross join lateral (
            select coalesce(sum(e.amount), 0) as amount
            from public.campaign_expenses e
            where e.send_plan_id = d.send_plan_id
        ) earlier
        where round(sent.price, 2) <> earlier.amount
        returning 1
    )
    select count(*) from booked
$$;
comment on function ddp.book_sms_costs() is
    'Books the cost of accepted messages of plans that were completed as an expense of their campaign; after a retry, what '
    'was added. Returns the number of expenses.';
revoke all on function ddp.reserve_sms_price(uuid, numeric[]), ddp.book_sms_costs() from public, anon, authenticated, service_role;
grant execute on function ddp.reserve_sms_price(uuid, numeric[]), ddp.book_sms_costs() to service_role;
