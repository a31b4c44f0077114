-- requires: functions/sms_money.sql, functions/currency.sql, policies/sending.sql
-- What sending SMS costs: the price of each message stands on its row, and no budget can be passed.

create or replace function ddp.reserve_sms_price(p_send_plan_id uuid, p_prices numeric[]) returns integer
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_room numeric;
    v_fits integer;
begin
    if coalesce(cardinality(p_prices), 0) = 0 then
        return 0;
    end if;
    v_room := ddp.lock_sms_budgets(p_send_plan_id);
    -- In the order of the messages, up to the first that does not fit.
    select count(*) into v_fits
    from (
        select sum(p.price) over (order by p.place) as so_far
        from unnest(p_prices) with ordinality p (price, place)
    ) s
    where s.so_far <= v_room;
    if v_fits < cardinality(p_prices) then
        update ddp.budgets b set exhausted_at = clock_timestamp()
        where b.scope = 'send_plan' and b.owner_id = p_send_plan_id and b.exhausted_at is null;
    end if;
    return v_fits;
end
$$;
comment on function ddp.reserve_sms_price(uuid, numeric[]) is
    'How many of these messages, in their order, fit every budget of the plan; holds the budgets until the transaction ends, '
    'in which the caller gives these messages to a call: that reserves their prices. If not all fit, the plan is held up.';

create or replace function ddp.sms_cost(p_messages bigint, p_prices numeric, p_price_per_thousand numeric) returns numeric
    language sql stable
    -- Expenses are in the platform's currency.
    return case when ddp.currency() = 'USD' then round(p_prices, 2) else 0 end;
comment on function ddp.sms_cost(bigint, numeric, numeric) is
    'The cost of accepted messages, as an expense: the sum of their prices, which are US dollars; 0 where expenses are in another currency.';

create or replace function ddp.sms_costs_booked(p_campaigns uuid[], p_owners uuid[], p_amounts numeric[]) returns void
    language sql volatile
    set search_path = ''
as $$
    -- Booked amounts are part of the campaign's spent budget, by which its cap is lower from now on.
    with booked as (
        select g.campaign_id, sum(g.amount) as amount
        from unnest(p_campaigns, p_owners, p_amounts) g (campaign_id, owner_id, amount)
        join public.campaigns c on c.campaign_id = g.campaign_id and c.created_by_user_id = g.owner_id
        group by g.campaign_id
    ), locked as materialized (
        select k.*
        from ddp.budgets b
        join booked k on k.campaign_id = b.owner_id
        where b.scope = 'campaign'
        order by b.owner_id
        for no key update of b
    )
    update ddp.budgets b set charged = b.charged - l.amount
    from locked l
    where b.scope = 'campaign' and b.owner_id = l.campaign_id
$$;
comment on function ddp.sms_costs_booked(uuid[], uuid[], numeric[]) is
    'The costs of sends became expenses of their campaigns: takes them from what the campaigns'' budgets count as charged. '
    'Parallel arrays; the costs of participants are not on the budget.';
revoke all on function
    ddp.reserve_sms_price(uuid, numeric[]), ddp.sms_cost(bigint, numeric, numeric),
    ddp.sms_costs_booked(uuid[], uuid[], numeric[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.reserve_sms_price(uuid, numeric[]), ddp.sms_cost(bigint, numeric, numeric),
    ddp.sms_costs_booked(uuid[], uuid[], numeric[])
    to service_role;
