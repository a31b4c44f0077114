-- requires: functions/sender_fields.sql, functions/hosted_images.sql

create or replace function ddp.host_logo() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_file_id constant uuid := (new.profile_data #>> '{sender,logo_file_id}')::uuid;
begin
    perform ddp.lock_files(array[v_file_id]);
    perform ddp.want_hosted(f.file_id, p_by_owner => true)
    from public.files f where f.file_id = v_file_id and ddp.may_be_hosted(f);
    return null;
end
$$;
comment on function ddp.host_logo() is
    'Trigger on users whose profile names another logo: has it hosted, if it is an image that can be, because messages show it. One that '
    'was named before stays hosted: messages that went out show it.';
revoke all on function ddp.host_logo() from public, anon, authenticated, service_role;
