-- requires: functions/require.sql, functions/active_user.sql

create or replace function ddp.require_active_user() returns uuid
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.active_user_id();
begin
    perform ddp.require(auth.uid() is not null, 'PT401', 'Sign in first.');
    perform ddp.require(
        v_user_id is not null, 'PT401', 'Your account is not active: ask an administrator to activate it.',
        '{"code": "account-inactive"}'
    );
    return v_user_id;
end
$$;
comment on function ddp.require_active_user() is 'The acting user; PT401 if there is none or it is not active.';
revoke all on function ddp.require_active_user() from public, anon, authenticated, service_role;
