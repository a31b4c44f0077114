-- requires: functions/require_active_user.sql, policies/retailer_group_blackouts.sql, policies/retailer_group_members.sql
-- requires: policies/campaigns.sql
-- When members of a group send and post nothing through the brand's campaigns.

create or replace function ddp.blackout_at(p_campaign_id uuid, p_account_id uuid, p_at timestamptz)
    returns public.retailer_group_blackouts
    language sql stable
    set search_path = ''
as $$
    select b.*
    from public.campaigns c
    join public.retailer_group_blackouts b on b.brand_id = c.created_by_user_id
    join public.retailer_group_members m on m.group_id = b.group_id and m.retailer_id = p_account_id
    where c.campaign_id = p_campaign_id and b.starts_at <= p_at and b.ends_at > p_at
    order by b.ends_at desc
    limit 1
$$;
comment on function ddp.blackout_at(uuid, uuid, timestamptz) is
    'The blackout that holds for an account in a campaign at a time, of several the one that ends last; null: none.';

create or replace function ddp.blackout_end(p_plan public.send_plans, p_at timestamptz) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select (ddp.blackout_at(p_plan.campaign_id, p_plan.created_by_user_id, p_at)).ends_at
$$;
comment on function ddp.blackout_end(public.send_plans, timestamptz) is
    'The end of the blackout that holds for the sender of a plan at a time; null: none.';

create or replace function ddp.require_no_blackout(p_campaign_id uuid, p_at timestamptz) returns void
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_blackout constant public.retailer_group_blackouts := ddp.blackout_at(p_campaign_id, ddp.active_user_id(), p_at);
begin
    perform ddp.require(
        v_blackout.blackout_id is null, 'PT409',
        format(
            'The brand lets nothing be sent until %s UTC: %s Schedule it for later.',
            to_char(v_blackout.ends_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), rtrim(v_blackout.reason, '. ') || '.'
        ),
        jsonb_build_object('code', 'blackout', 'reason', v_blackout.reason, 'ends_at', v_blackout.ends_at)
    );
end
$$;
comment on function ddp.require_no_blackout(uuid, timestamptz) is
    'PT409, with reason and end, while a blackout holds for the acting account in this campaign.';

create or replace function ddp.blackouts_of_caller(p_asked jsonb)
    returns table (place bigint, reason varchar, ends_at timestamptz)
    language plpgsql stable security definer
    set search_path = ''
as $$
#variable_conflict use_column
begin
    return query
    select q.place, b.reason, b.ends_at
    from jsonb_array_elements(p_asked) with ordinality q (value, place)
    cross join lateral ddp.blackout_at(
        (q.value ->> 'campaign_id')::uuid, ddp.active_user_id(), (q.value ->> 'at')::timestamptz
    ) b
    where b.blackout_id is not null;
end
$$;
comment on function ddp.blackouts_of_caller(jsonb) is
    'Which of the caller''s posts (campaign_id and at) a blackout holds back, by their place in the list, from 1.';
revoke all on function
    ddp.blackout_at(uuid, uuid, timestamptz), ddp.blackout_end(public.send_plans, timestamptz),
    ddp.require_no_blackout(uuid, timestamptz), ddp.blackouts_of_caller(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function ddp.blackout_at(uuid, uuid, timestamptz), ddp.blackout_end(public.send_plans, timestamptz)
    to service_role;
grant execute on function ddp.blackouts_of_caller(jsonb) to authenticated;
