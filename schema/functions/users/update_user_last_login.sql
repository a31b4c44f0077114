-- requires: functions/is_worker.sql, functions/require.sql

create or replace function public.update_user_last_login(p_user_id uuid default null) returns timestamptz
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := case when ddp.is_worker() then p_user_id else auth.uid() end;
begin
    perform ddp.require(
        ddp.is_worker() or p_user_id is null or p_user_id = v_user_id, 'PT403', 'You can act only for yourself.',
        '{"code": "not-you"}'
    );
    perform ddp.require(ddp.is_worker() or v_user_id is not null, 'PT401', 'Sign in first.');
    update public.users set last_login_at = now() where user_id = v_user_id;
    perform ddp.require(found, 'PT404', 'There is no such user.', '{"code": "user-not-found"}');
    return now();
end
$$;
comment on function public.update_user_last_login(uuid) is
    'Records that the caller, a person, signed in, and returns the time. service_role names the user.';
revoke all on function public.update_user_last_login(uuid) from public, anon, authenticated, service_role;
grant execute on function public.update_user_last_login(uuid) to authenticated, service_role;

-- The release before asked here for whom a function acts.
drop function if exists ddp.acting_user(uuid);
