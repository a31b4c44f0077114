-- requires: policies/send_plans.sql, policies/phone_consents.sql
-- Besides suppressions, who gets no SMS of a plan. Without `set`, the planner puts this function in its callers' places.

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
revoke all on function ddp.sms_withdrawals(public.send_plans, bytea) from public, anon, authenticated, service_role;
grant execute on function ddp.sms_withdrawals(public.send_plans, bytea) to service_role;
