-- The acting user, for policies and functions. Type and activity come from `users`, never from a claim.
-- SECURITY DEFINER: a policy on `users` that read `users` as the caller would call itself. Policies use these as scalar
-- sub-selects, so that they run once per statement and not once per row.
-- PL/pgSQL keeps its plans for the session. Before PostgreSQL 18, an SQL function that is not inlined (a SECURITY
-- DEFINER function never is) is planned again by every statement that calls it, which takes longer than most of them.

create or replace function ddp.active_user_id() returns uuid
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return (select u.user_id from public.users u where u.user_id = auth.uid() and u.is_active);
end
$$;
comment on function ddp.active_user_id() is
    'The acting user; null without claims, for an unknown and for an inactive user.';

create or replace function ddp.active_user_type() returns public.user_type
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return (select u.user_type from public.users u where u.user_id = auth.uid() and u.is_active);
end
$$;
comment on function ddp.active_user_type() is 'The acting user''s type; null where active_user_id() is null.';

-- The planner assumes that `is not null` holds, and so estimates a list of own rows by the list's own condition. It
-- assumes that `active_user_type() = 'admin'` is rare, and would plan the same list as nearly empty.
create or replace function ddp.active_admin_id() returns uuid
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return (
        select u.user_id from public.users u where u.user_id = auth.uid() and u.is_active and u.user_type = 'admin'
    );
end
$$;
comment on function ddp.active_admin_id() is 'The acting user if it is an administrator, else null.';

create or replace function ddp.audiences_of_caller() returns text[]
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return (
        select array[u.user_id::text, u.user_type::text, 'everyone']
        from public.users u
        where u.user_id = auth.uid() and u.is_active
    );
end
$$;
comment on function ddp.audiences_of_caller() is
    'The audiences in ddp.file_access to which the acting user belongs; null where active_user_id() is null.';

revoke all on function
    ddp.active_user_id(), ddp.active_user_type(), ddp.active_admin_id(), ddp.audiences_of_caller()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.active_user_id(), ddp.active_user_type(), ddp.active_admin_id(), ddp.audiences_of_caller()
    to authenticated;
