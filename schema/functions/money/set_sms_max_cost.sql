-- requires: functions/own_email_plan.sql, functions/plan_state.sql, functions/sms_money.sql, functions/log_change.sql
-- The cap of one send, which its sender may change: a send that is held up goes on once it is raised and resumed.

create or replace function public.set_sms_max_cost(p_sms_campaign_id uuid, p_max_cost numeric) returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_plan constant public.send_plans := ddp.lock_own_sms_plan(p_sms_campaign_id);
begin
    perform ddp.require_open_plan(v_plan);
    perform ddp.require(
        p_max_cost is null or p_max_cost > 0 and p_max_cost < 100000000, 'PT422',
        'max_cost is an amount of US dollars above 0; null: the send has no cap of its own.', '{"code": "invalid-max-cost"}'
    );
    if v_plan.max_cost is not distinct from p_max_cost then
        return;
    end if;
    update public.send_plans p set max_cost = p_max_cost where p.send_plan_id = v_plan.send_plan_id;
    -- So that what a held-up send says is true at once.
    update ddp.budgets b set cap = p_max_cost where b.scope = 'send_plan' and b.owner_id = v_plan.send_plan_id;
    perform ddp.log_change(
        'send_plans', v_plan.send_plan_id, jsonb_build_object('max_cost', v_plan.max_cost),
        jsonb_build_object('max_cost', p_max_cost)
    );
end
$$;
comment on function public.set_sms_max_cost(uuid, numeric) is
    'Sets the most that an own send of SMS may cost, in US dollars (null: no cap of its own), until it has ended. What was held up '
    'waits until it is resumed. PT404, PT403 or PT409 as pausing.';
revoke all on function public.set_sms_max_cost(uuid, numeric) from public, anon, authenticated, service_role;
grant execute on function public.set_sms_max_cost(uuid, numeric) to authenticated;
