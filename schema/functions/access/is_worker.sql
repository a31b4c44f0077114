create or replace function ddp.is_worker() returns boolean
    language sql stable
    set search_path = ''
as $$
    -- Not current_user, which in a SECURITY DEFINER function is the owner.
    select current_setting('role') = 'service_role'
$$;
comment on function ddp.is_worker() is 'Whether the transaction runs as service_role, in definer functions too.';
revoke all on function ddp.is_worker() from public, anon, authenticated, service_role;
