-- requires: functions/lock_own_upload.sql

create or replace function public.start_multipart_upload(p_upload_id uuid, p_storage_upload_id text) returns text
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_upload public.uploads := ddp.lock_own_upload(p_upload_id);
begin
    perform ddp.require(
        v_upload.method = 'multipart', 'PT409', 'This is not a multipart upload.', '{"code": "not-multipart"}'
    );
    perform ddp.require(
        v_upload.state = 'pending' and v_upload.expires_at > now(), 'PT409',
        'This upload has ended: request a new one.',
        jsonb_build_object('code', 'upload-over', 'state', v_upload.state)
    );
    perform ddp.require(
        length(p_storage_upload_id) between 1 and 2000, 'PT422',
        'The id of a multipart upload has 1 to 2,000 characters.'
    );
    if v_upload.storage_upload_id is null then
        update public.uploads set storage_upload_id = p_storage_upload_id
        where upload_id = p_upload_id
        returning * into v_upload;
    end if;
    return v_upload.storage_upload_id;
end
$$;
comment on function public.start_multipart_upload(uuid, text) is
    'Stores the object store''s id of a multipart upload, unless one is stored, and returns the stored id. A caller '
    'that gets another id back than it gave aborts its own upload.';
revoke all on function public.start_multipart_upload(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.start_multipart_upload(uuid, text) to authenticated;
