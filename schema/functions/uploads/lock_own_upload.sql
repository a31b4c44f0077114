-- requires: functions/require_active_user.sql

create or replace function ddp.lock_own_upload(p_upload_id uuid) returns public.uploads
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_upload public.uploads;
begin
    select u.* into v_upload
    from public.uploads u
    where u.upload_id = p_upload_id and u.created_by_user_id = v_user_id
    for update;
    perform ddp.require(v_upload.upload_id is not null, 'PT404', 'You have no such upload.');
    return v_upload;
end
$$;
comment on function ddp.lock_own_upload(uuid) is 'The acting user''s upload, locked; PT404 for any other.';
revoke all on function ddp.lock_own_upload(uuid) from public, anon, authenticated, service_role;
