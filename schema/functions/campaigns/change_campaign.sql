-- requires: functions/visible_campaign.sql, functions/create_campaign.sql, functions/due_chunks.sql

create or replace function ddp.resume_send_plans(p_campaign_id uuid) returns void
    language sql volatile
    set search_path = ''
as $$
    with resumed as (
        update public.send_plans p set resumed_at = now()
        where p.campaign_id = p_campaign_id and p.completed_at is null and p.cancelled_at is null and p.failed_at is null
        returning p.send_plan_id
    )
    select ddp.call_chunks(array_agg(r.send_plan_id)) from resumed r having count(*) > 0
$$;
comment on function ddp.resume_send_plans(uuid) is
    'Resumes the open plans of a campaign. Recipients whom they would now reach too late become missed; '
    'reconciliation tells the workers of the rest.';
revoke all on function ddp.resume_send_plans(uuid) from public, anon, authenticated, service_role;

create or replace function public.set_campaign_status(p_campaign_id uuid, p_status public.campaign_status)
    returns public.campaigns
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_campaign public.campaigns := ddp.visible_campaign(p_campaign_id);
begin
    -- Lock its plans first, in the order of a claim. A paused campaign gets no new plans meanwhile. Also if it is not paused
    -- yet: it may be by the time that it is locked, and whoever starts calls would wait in a circle.
    perform from public.send_plans p
    where p.campaign_id = p_campaign_id and p.completed_at is null and p.cancelled_at is null and p.failed_at is null
        and p_status = 'active'
        and (v_campaign.created_by_user_id = ddp.active_user_id() or ddp.active_user_type() = 'admin')
    order by p.send_plan_id
    for no key update;
    v_campaign := ddp.lock_own_campaign(p_campaign_id);
    perform ddp.require(p_status is not null, 'PT422', 'Give the new status.', '{"code": "status-missing"}');
    perform ddp.require(
        p_status = v_campaign.campaign_status or p_status::text = any (
            case v_campaign.campaign_status
                when 'draft' then '{active,archived}'::text[]
                when 'active' then '{paused,completed}'
                when 'paused' then '{active,completed}'
                when 'completed' then '{archived}'
                else '{}'
            end
        ),
        'PT409', format('A campaign that is %s cannot become %s.', v_campaign.campaign_status, p_status),
        jsonb_build_object('code', 'wrong-status', 'campaign_status', v_campaign.campaign_status)
    );
    if p_status = 'active' and v_campaign.campaign_status = 'paused' then
        perform ddp.resume_send_plans(p_campaign_id);
    end if;
    update public.campaigns set campaign_status = p_status
    where campaign_id = p_campaign_id
    returning * into v_campaign;
    return v_campaign;
end
$$;
comment on function public.set_campaign_status(uuid, public.campaign_status) is
    'Changes the status of a campaign: draft to active or archived, active to paused or completed, paused to active or '
    'completed, completed to archived; PT409 for other changes. For its creator and administrators.';
revoke all on function public.set_campaign_status(uuid, public.campaign_status)
    from public, anon, authenticated, service_role;
grant execute on function public.set_campaign_status(uuid, public.campaign_status) to authenticated;

create or replace function public.set_campaign_budget(p_campaign_id uuid, p_budget_allocated numeric)
    returns public.campaigns
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_campaign public.campaigns := ddp.lock_own_campaign(p_campaign_id);
begin
    perform ddp.require_owner();
    perform ddp.check_budget(p_budget_allocated);
    update public.campaigns set budget_allocated = p_budget_allocated
    where campaign_id = p_campaign_id
    returning * into v_campaign;
    return v_campaign;
end
$$;
comment on function public.set_campaign_budget(uuid, numeric) is
    'Allocates a budget to a campaign. For owners of the account that created it, and administrators.';
revoke all on function public.set_campaign_budget(uuid, numeric) from public, anon, authenticated, service_role;
grant execute on function public.set_campaign_budget(uuid, numeric) to authenticated;

create or replace function public.update_campaign_budget_spent(
    p_campaign_id uuid, p_amount numeric, p_description text default null
) returns numeric
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_owner();
    v_campaign constant public.campaigns := ddp.lock_own_campaign(p_campaign_id);
begin
    perform ddp.require(
        p_amount <> 0 and p_amount = round(p_amount, 2)
        and v_campaign.budget_spent + p_amount between 0 and 9999999999.99, 'PT422',
        'An amount must not be zero, has at most two decimals, and leaves the sum between 0 and 9,999,999,999.99.',
        jsonb_build_object('code', 'invalid-amount', 'budget_spent', v_campaign.budget_spent)
    );
    perform ddp.require(
        coalesce(length(p_description), 0) <= 500, 'PT422', 'A description has at most 500 characters.',
        '{"code": "invalid-description"}'
    );
    insert into public.campaign_expenses (campaign_id, amount, description, created_by_user_id)
    values (p_campaign_id, p_amount, p_description, v_user_id);
    return v_campaign.budget_spent + p_amount;
end
$$;
comment on function public.update_campaign_budget_spent(uuid, numeric, text) is
    'Adds an amount to what was spent on a campaign (a negative one corrects) and returns the sum, which may exceed the '
    'allocated budget: this records expenses, it does not limit them. For its creator and administrators.';
revoke all on function public.update_campaign_budget_spent(uuid, numeric, text)
    from public, anon, authenticated, service_role;
grant execute on function public.update_campaign_budget_spent(uuid, numeric, text) to authenticated;
