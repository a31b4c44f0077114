-- requires: functions/require_active_user.sql, functions/lock_files.sql

create or replace function public.revoke_file_share(p_share_id uuid) returns public.file_shares
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
    v_share public.file_shares;
begin
    perform ddp.lock_files(array(
        select s.file_id from public.file_shares s
        where s.share_id = p_share_id and (s.created_by_user_id = v_user_id or v_is_admin)
    ));
    update public.file_shares s set revoked_at = coalesce(s.revoked_at, now())
    where s.share_id = p_share_id and (s.created_by_user_id = v_user_id or v_is_admin)
    returning s.* into v_share;
    perform ddp.require(v_share.share_id is not null, 'PT404', 'You have no such share.');
    return v_share;
end
$$;
comment on function public.revoke_file_share(uuid) is
    'Ends a share at once; a revoked one stays as it is. For the user who made it, and administrators.';
revoke all on function public.revoke_file_share(uuid) from public, anon, authenticated, service_role;
grant execute on function public.revoke_file_share(uuid) to authenticated;
