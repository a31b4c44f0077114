-- requires: functions/visible_campaign.sql, functions/check_json.sql

create or replace function ddp.check_budget(p_amount numeric) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_amount between 0 and 9999999999.99 and p_amount = round(p_amount, 2), 'PT422',
        'A budget is between 0 and 9,999,999,999.99, with at most two decimals.', '{"code": "invalid-amount"}'
    );
end
$$;
comment on function ddp.check_budget(numeric) is 'PT422 unless this is an amount of money.';
revoke all on function ddp.check_budget(numeric) from public, anon, authenticated, service_role;

create or replace function public.create_campaign(
    p_campaign_name text, p_campaign_description text default null,
    p_start_date timestamptz default null, p_end_date timestamptz default null,
    p_budget_allocated numeric default 0, p_target_audience jsonb default '{}', p_campaign_settings jsonb default '{}',
    p_is_open boolean default false, p_group_ids uuid[] default null, p_approval public.approval_rule default 'none'
) returns public.campaigns
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_campaign public.campaigns;
begin
    perform ddp.require(
        ddp.active_user_type() in ('brand', 'admin'), 'PT403', 'Only brands can create campaigns.',
        '{"code": "not-a-brand"}'
    );
    perform ddp.require(
        length(p_campaign_name) <= 255 and btrim(p_campaign_name) <> '', 'PT422',
        'A campaign''s name has 1 to 255 characters.', '{"code": "invalid-name"}'
    );
    perform ddp.require(
        coalesce(length(p_campaign_description), 0) <= 10000, 'PT422',
        'A campaign''s description has at most 10,000 characters.', '{"code": "invalid-description"}'
    );
    perform ddp.require(
        p_start_date is null or p_end_date is null or p_end_date > p_start_date, 'PT422',
        'A campaign must end after it starts.', '{"code": "invalid-dates"}'
    );
    perform ddp.require(
        p_group_ids is null or cardinality(p_group_ids) between 1 and 50 and array_position(p_group_ids, null) is null,
        'PT422', 'Name 1 to 50 groups of retailers.', '{"code": "invalid-groups"}'
    );
    perform ddp.check_budget(p_budget_allocated);
    perform ddp.require_owner() where p_budget_allocated > 0;
    perform ddp.check_json(p_target_audience, 'The target audience');
    perform ddp.check_json(p_campaign_settings, 'The settings');

    insert into public.campaigns (
        campaign_name, campaign_description, created_by_user_id, start_date, end_date, budget_allocated,
        target_audience, campaign_settings, is_open, group_ids, approval
    ) values (
        p_campaign_name, p_campaign_description, v_user_id, p_start_date, p_end_date, p_budget_allocated,
        p_target_audience, p_campaign_settings, coalesce(p_is_open, false), p_group_ids, coalesce(p_approval, 'none')
    )
    returning * into v_campaign;
    return v_campaign;
end
$$;
comment on function public.create_campaign(
    text, text, timestamptz, timestamptz, numeric, jsonb, jsonb, boolean, uuid[], public.approval_rule
) is 'Creates a draft of a campaign. For brands and administrators. PT404 for a group of others; PT422 for the first value that is wrong.';
revoke all on function public.create_campaign(text, text, timestamptz, timestamptz, numeric, jsonb, jsonb, boolean, uuid[], public.approval_rule)
    from public, anon, authenticated, service_role;
grant execute on function public.create_campaign(text, text, timestamptz, timestamptz, numeric, jsonb, jsonb, boolean, uuid[], public.approval_rule)
    to authenticated;
