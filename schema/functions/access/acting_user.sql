-- requires: functions/require_active_user.sql

create or replace function ddp.is_worker() returns boolean
    language sql stable
    set search_path = ''
as $$
    -- Not current_user, which in a SECURITY DEFINER function is the owner.
    select current_setting('role') = 'service_role'
$$;
comment on function ddp.is_worker() is 'Whether the transaction runs as service_role, in definer functions too.';
revoke all on function ddp.is_worker() from public, anon, authenticated, service_role;

create or replace function ddp.acting_user(p_user_id uuid) returns uuid
    language plpgsql stable
    set search_path = ''
as $$
begin
    if ddp.is_worker() then
        perform ddp.require(
            exists (select from public.users u where u.user_id = p_user_id), 'PT404', 'There is no such user.',
            '{"code": "user-not-found"}'
        );
        return p_user_id;
    end if;
    perform ddp.require(
        p_user_id is null or p_user_id = ddp.require_active_user(), 'PT403', 'You can act only for yourself.',
        '{"code": "not-you"}'
    );
    return ddp.require_active_user();
end
$$;
comment on function ddp.acting_user(uuid) is
    'The user that a function acts for: the caller, who may name nobody else; service_role names one.';
revoke all on function ddp.acting_user(uuid) from public, anon, authenticated, service_role;
