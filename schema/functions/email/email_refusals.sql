-- requires: policies/send_plans.sql
-- Besides suppressions, who gets no e-mail of a plan: nobody. functions/sms_refusals.sql has what SMS ask. Without `set`, the planner
-- puts this function in its callers' places.

create or replace function ddp.email_withdrawals(p_plan public.send_plans, p_hash bytea) returns setof boolean
    language sql stable
as $$
    select true where false
$$;
comment on function ddp.email_withdrawals(public.send_plans, bytea) is 'As ddp.sms_withdrawals(): e-mail asks for no recorded consent.';
revoke all on function ddp.email_withdrawals(public.send_plans, bytea) from public, anon, authenticated, service_role;
grant execute on function ddp.email_withdrawals(public.send_plans, bytea) to service_role;
