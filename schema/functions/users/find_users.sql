-- requires: functions/require_active_user.sql, functions/name_words.sql

create or replace function ddp.require_admin() returns uuid
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_admin_id constant uuid := ddp.require_active_user();
begin
    perform ddp.require(
        ddp.active_user_type() = 'admin', 'PT403', 'Only administrators may do that.', '{"code": "not-an-admin"}'
    );
    return v_admin_id;
end
$$;
comment on function ddp.require_admin() is 'The acting account, if it is an administrator; else PT401 or PT403.';
revoke all on function ddp.require_admin() from public, anon, authenticated, service_role;

create or replace function public.find_users(
    p_query text default null, p_type public.user_type default null, p_is_active boolean default null,
    p_at timestamptz default null, p_id uuid default null, p_limit integer default 50
) returns setof public.users
    language plpgsql stable security definer
    set search_path = ''
    set plan_cache_mode = force_custom_plan  -- how many names begin like this decides how to find them
as $$
declare
    v_range constant record := ddp.search_range(p_query);
begin
    perform ddp.require_admin();
    if v_range.first = '' or strpos(v_range.first, '@') > 0 then
        return query
        select u.* from public.users u
        where case when v_range.first = '' then true else u.user_email = v_range.first end
            and (p_type is null or u.user_type = p_type) and (p_is_active is null or u.is_active = p_is_active)
            and (p_at is null or (u.created_at, u.user_id) < (p_at, p_id))
        order by u.created_at desc, u.user_id desc
        limit p_limit;
    else
        return query
        select u.* from public.users u
        where exists (
                select from ddp.user_words w
                where w.user_id = u.user_id and w.word >= v_range.first and w.word < v_range.after
                    -- All there are: the columns that the index begins with.
                    and w.user_type = any (enum_range(null::public.user_type))
                    and w.is_active = any ('{true,false}'::boolean[])
                    and w.word_no = any ('{1,2,3,4,5,6,7,8}'::smallint[])
            )
            and (p_type is null or u.user_type = p_type) and (p_is_active is null or u.is_active = p_is_active)
            and (p_at is null or (u.created_at, u.user_id) < (p_at, p_id))
        order by u.created_at desc, u.user_id desc
        limit p_limit;
    end if;
end
$$;
comment on function public.find_users(text, public.user_type, boolean, timestamptz, uuid, integer) is
    'Accounts, the newest first: those with a name of which a word begins with the query, or with this e-mail address. For '
    'administrators.';
revoke all on function public.find_users(text, public.user_type, boolean, timestamptz, uuid, integer)
    from public, anon, authenticated, service_role;
grant execute on function public.find_users(text, public.user_type, boolean, timestamptz, uuid, integer) to authenticated;
