-- requires: policies/send_plans.sql, policies/suppressions.sql
-- Whom a plan does not write to. functions/sms_refusals.sql has more conditions for SMS. Without `set`, the planner puts these functions
-- in their callers' places.

create or replace function ddp.email_heeds(p_message_type varchar, p_reason public.suppression_reason) returns boolean
    language sql immutable
    return true;
comment on function ddp.email_heeds(varchar, public.suppression_reason) is
    'Whether a suppression for this reason keeps messages of this type back: each does.';

create or replace function ddp.email_withdrawals(p_plan public.send_plans, p_hash bytea) returns setof boolean
    language sql stable
as $$
    select true where false
$$;
comment on function ddp.email_withdrawals(public.send_plans, bytea) is 'As ddp.sms_withdrawals(): e-mail asks for no recorded consent.';
revoke all on function
    ddp.email_heeds(varchar, public.suppression_reason), ddp.email_withdrawals(public.send_plans, bytea)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.email_heeds(varchar, public.suppression_reason), ddp.email_withdrawals(public.send_plans, bytea)
    to service_role;
