-- requires: policies/send_plans.sql, policies/suppressions.sql, policies/phone_consents.sql
-- Whom a plan does not write to. Without `set`, the planner puts these functions in their callers' places.

create or replace function ddp.sms_heeds(p_message_type varchar, p_reason public.suppression_reason) returns boolean
    language sql immutable
    return p_reason <> 'in_question' or p_message_type <> 'transactional';
comment on function ddp.sms_heeds(varchar, public.suppression_reason) is
    'Whether a suppression for this reason keeps messages of this type back: marketing alone waits with an answer that a person '
    'has to read.';

create or replace function ddp.sms_withdrawals(p_plan public.send_plans, p_hash bytea) returns setof boolean
    language sql stable
as $$
    select true
    where p_plan.message_type = 'promotional' and p_plan.consent = 'required' and (
        -- When it was planned, one stood. Ended ones stay as evidence.
        select bool_and(c.ended_at is not null)
        from public.phone_consents c
        where c.phone_hash = p_hash and c.owner_user_id = p_plan.created_by_user_id
    )
$$;
comment on function ddp.sms_withdrawals(public.send_plans, bytea) is
    'One row if the plan asks for recorded consent, and that of this number (keyed hash) was withdrawn since it was planned.';
revoke all on function ddp.sms_heeds(varchar, public.suppression_reason), ddp.sms_withdrawals(public.send_plans, bytea)
    from public, anon, authenticated, service_role;
grant execute on function ddp.sms_heeds(varchar, public.suppression_reason), ddp.sms_withdrawals(public.send_plans, bytea)
    to service_role;
