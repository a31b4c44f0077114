-- requires: functions/active_user.sql, functions/require_active_user.sql

create or replace function ddp.groups_of_caller() returns uuid[]
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return array(select m.group_id from public.retailer_group_members m where m.retailer_id = ddp.active_user_id());
end
$$;
comment on function ddp.groups_of_caller() is 'The groups that the acting retailer is a member of; none without one.';

create or replace function public.retailer_groups_of_caller(p_after uuid default null, p_limit integer default 50)
    returns table (group_id uuid, group_name varchar, brand_id uuid, brand_name varchar, added_at timestamptz)
    language plpgsql stable security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_user_id constant uuid := ddp.require_active_user();
begin
    return query
    select g.group_id, g.group_name, g.brand_id, b.user_name, m.added_at
    from public.retailer_group_members m
    join public.retailer_groups g on g.group_id = m.group_id
    join public.users b on b.user_id = g.brand_id
    where m.retailer_id = v_user_id and b.is_active and (p_after is null or m.group_id > p_after)
    order by m.group_id
    limit p_limit;
end
$$;
comment on function public.retailer_groups_of_caller(uuid, integer) is
    'A page of the groups that the acting retailer is in: their names and brands, and not who else is in them. By id, after p_after.';
revoke all on function ddp.groups_of_caller(), public.retailer_groups_of_caller(uuid, integer)
    from public, anon, authenticated, service_role;
grant execute on function ddp.groups_of_caller(), public.retailer_groups_of_caller(uuid, integer) to authenticated;
