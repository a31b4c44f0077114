-- What sending e-mail costs: too little per message to be reserved before, so it is booked by the thousand when a plan is
-- complete. Without `set`, the planner puts these functions in their callers' places.

create or replace function ddp.lock_email_budgets(p_send_plan_id uuid) returns numeric
    language sql immutable
    return 'infinity'::numeric;
comment on function ddp.lock_email_budgets(uuid) is 'E-mail has no budgets. Returns how many US dollars they leave.';

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

create or replace function ddp.email_charged(p_send public.email_sends) returns numeric
    language sql immutable
    return 0;
comment on function ddp.email_charged(public.email_sends) is 'E-mail is not charged by the message.';

create or replace function ddp.email_costs_booked(p_campaigns uuid[], p_owners uuid[], p_amounts numeric[]) returns void
    language sql immutable
as $$ $$;
comment on function ddp.email_costs_booked(uuid[], uuid[], numeric[]) is 'E-mail has no budget from which to take what was booked.';

create or replace function ddp.correct_email_costs() returns bigint
    language sql immutable
    return 0::bigint;
comment on function ddp.correct_email_costs() is 'What e-mail costs is known when it is booked.';

create or replace function ddp.email_to_reserve(p_send public.email_sends) returns numeric
    language sql immutable
    return p_send.price;
comment on function ddp.email_to_reserve(public.email_sends) is 'The price, which is 0: nothing is reserved.';

create or replace function ddp.release_email_results(
    p_calls uuid[], p_send_ids uuid[], p_attempts smallint[], p_outcomes text[]
) returns void
    language sql immutable
as $$ $$;
comment on function ddp.release_email_results(uuid[], uuid[], smallint[], text[]) is 'Nothing is reserved for e-mail.';

create or replace function ddp.release_email_calls(p_calls uuid[], p_called uuid[]) returns void
    language sql immutable
as $$ $$;
comment on function ddp.release_email_calls(uuid[], uuid[]) is 'Nothing is reserved for e-mail.';

revoke all on function
    ddp.correct_email_costs(), ddp.lock_email_budgets(uuid), ddp.reserve_email_price(uuid, numeric[]), ddp.email_cost(bigint, numeric, numeric),
    ddp.email_charged(public.email_sends), ddp.email_costs_booked(uuid[], uuid[], numeric[]),
    ddp.email_to_reserve(public.email_sends), ddp.release_email_results(uuid[], uuid[], smallint[], text[]),
    ddp.release_email_calls(uuid[], uuid[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.correct_email_costs(), ddp.lock_email_budgets(uuid), ddp.reserve_email_price(uuid, numeric[]), ddp.email_cost(bigint, numeric, numeric),
    ddp.email_charged(public.email_sends), ddp.email_costs_booked(uuid[], uuid[], numeric[]),
    ddp.email_to_reserve(public.email_sends), ddp.release_email_results(uuid[], uuid[], smallint[], text[]),
    ddp.release_email_calls(uuid[], uuid[])
    to service_role;
