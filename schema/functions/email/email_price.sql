-- What sending e-mail costs: too little per message to be reserved before, so it is booked by the thousand when a plan is
-- complete. Without `set`, the planner puts these functions in their callers' places.

create or replace function ddp.reserve_email_price(p_send_plan_id uuid, p_prices numeric[]) returns integer
    language sql immutable
    return cardinality(p_prices);
comment on function ddp.reserve_email_price(uuid, numeric[]) is
    'How many of these messages, in their order, may go for the money that is left; reserves their prices. All.';

create or replace function ddp.email_cost(p_messages bigint, p_prices numeric, p_price_per_thousand numeric) returns numeric
    language sql immutable
    return round(p_messages * p_price_per_thousand / 1000, 2);
comment on function ddp.email_cost(bigint, numeric, numeric) is
    'The cost of so many accepted messages, at the price of a thousand.';
revoke all on function ddp.reserve_email_price(uuid, numeric[]), ddp.email_cost(bigint, numeric, numeric)
    from public, anon, authenticated, service_role;
grant execute on function ddp.reserve_email_price(uuid, numeric[]), ddp.email_cost(bigint, numeric, numeric)
    to service_role;
