-- requires: functions/require.sql, functions/active_user.sql

create or replace function ddp.require_worker_or_admin() returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    -- The grants admit nobody else but workers and the owner. SECURITY DEFINER does not change the setting `role`.
    perform ddp.require(
        current_setting('role') <> 'authenticated' or ddp.active_user_type() is not distinct from 'admin', 'PT403',
        'Only administrators may do that.', '{"code": "not-an-admin"}'
    );
end
$$;
comment on function ddp.require_worker_or_admin() is
    'For functions that workers and signed-in users may call: PT403 for a user who is not an active administrator.';
revoke all on function ddp.require_worker_or_admin() from public, anon, authenticated, service_role;
