-- What sending SMS costs: the price of each message stands on its row.

create or replace function ddp.reserve_sms_price(p_send_plan_id uuid, p_prices numeric[]) returns integer
    language sql immutable
    return cardinality(p_prices);
comment on function ddp.reserve_sms_price(uuid, numeric[]) is
    'How many of these messages, in their order, may go for the money that is left; reserves their prices. All: there is '
    'no cap on the cost of SMS yet.';

create or replace function ddp.sms_cost(p_messages bigint, p_prices numeric, p_price_per_thousand numeric) returns numeric
    language sql immutable
    return round(p_prices, 2);
comment on function ddp.sms_cost(bigint, numeric, numeric) is 'The cost of accepted messages: the sum of their prices.';
revoke all on function ddp.reserve_sms_price(uuid, numeric[]), ddp.sms_cost(bigint, numeric, numeric)
    from public, anon, authenticated, service_role;
grant execute on function ddp.reserve_sms_price(uuid, numeric[]), ddp.sms_cost(bigint, numeric, numeric) to service_role;
