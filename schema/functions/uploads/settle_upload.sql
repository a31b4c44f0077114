-- requires: functions/require.sql, functions/add_file_action.sql
-- How a worker ends an upload. The storage event arrives at least once: settling again changes nothing.

create or replace function ddp.lock_upload(p_upload_id uuid) returns public.uploads
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_upload public.uploads;
begin
    select u.* into v_upload from public.uploads u where u.upload_id = p_upload_id for update;
    perform ddp.require(v_upload.upload_id is not null, 'PT404', 'There is no such upload.');
    return v_upload;
end
$$;
comment on function ddp.lock_upload(uuid) is 'Any upload, locked; PT404 if there is none.';
revoke all on function ddp.lock_upload(uuid) from public, anon, authenticated, service_role;
grant execute on function ddp.lock_upload(uuid) to service_role;

create or replace function public.settle_upload_rejected(p_upload_id uuid, p_code text, p_reason text)
    returns public.uploads
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_upload public.uploads := ddp.lock_upload(p_upload_id);
begin
    perform ddp.require(
        length(p_code) between 1 and 50 and p_reason <> '', 'PT422',
        'A rejection has a code of at most 50 characters and a reason.'
    );
    if v_upload.state = 'pending' then
        update public.uploads
        set state = 'rejected', rejection_code = p_code, rejection_reason = p_reason, settled_at = now()
        where upload_id = p_upload_id
        returning * into v_upload;
    end if;
    return v_upload;
end
$$;
comment on function public.settle_upload_rejected(uuid, text, text) is
    'Rejects a pending upload with a code and a reason; a settled one is returned as it is. Workers only.';
revoke all on function public.settle_upload_rejected(uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function public.settle_upload_rejected(uuid, text, text) to service_role;

create or replace function public.settle_upload_live(
    p_upload_id uuid, p_file_path text, p_image_width integer, p_image_height integer,
    p_thumbnail_widths integer[], p_metadata jsonb
) returns public.uploads
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_upload public.uploads := ddp.lock_upload(p_upload_id);
    v_live_file_id uuid;
begin
    if v_upload.state <> 'pending' then
        return v_upload;
    end if;

    loop
        insert into public.files (
            file_id, file_name, file_type, file_size, file_path, created_by_user_id, content_type, content_sha256,
            image_width, image_height, thumbnail_widths, metadata
        ) values (
            v_upload.file_id, v_upload.file_name, v_upload.file_type, v_upload.file_size, p_file_path,
            v_upload.created_by_user_id, v_upload.content_type, v_upload.content_sha256,
            p_image_width, p_image_height, coalesce(p_thumbnail_widths, '{}'), coalesce(p_metadata, '{}')
        )
        on conflict (created_by_user_id, content_sha256) where deleted_at is null do nothing;
        exit when found;

        select f.file_id into v_live_file_id
        from public.files f
        where f.created_by_user_id = v_upload.created_by_user_id
            and f.content_sha256 = v_upload.content_sha256
            and f.deleted_at is null;
        exit when found;
        -- The duplicate was deleted in between, so insert again.
    end loop;

    if v_live_file_id is not null then
        update public.uploads
        set state = 'rejected', rejection_code = 'duplicate', duplicate_of_file_id = v_live_file_id,
            rejection_reason = 'You already have a file with the same content.', settled_at = now()
        where upload_id = p_upload_id
        returning * into v_upload;
        return v_upload;
    end if;

    perform ddp.add_file_action(
        v_upload.file_id, v_upload.created_by_user_id, 'UPLOAD', jsonb_build_object('upload_id', p_upload_id)
    );
    update public.uploads set state = 'live', settled_at = now()
    where upload_id = p_upload_id
    returning * into v_upload;
    return v_upload;
end
$$;
comment on function public.settle_upload_live(uuid, text, integer, integer, integer[], jsonb) is
    'Makes the file of a verified pending upload live and records UPLOAD, or rejects it as a duplicate if its owner '
    'already has a live file with the content. A settled upload is returned as it is. Workers only.';
revoke all on function public.settle_upload_live(uuid, text, integer, integer, integer[], jsonb)
    from public, anon, authenticated, service_role;
grant execute on function public.settle_upload_live(uuid, text, integer, integer, integer[], jsonb) to service_role;
