-- requires: functions/require_active_user.sql, functions/file_type_of.sql

create or replace function ddp.check_upload(
    p_file_name text, p_content_type text, p_file_size bigint, p_content_sha256 bytea,
    p_method public.upload_method, p_part_size integer, p_expires_at timestamptz
) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        length(p_file_name) <= 500 and ddp.is_file_name(p_file_name), 'PT422',
        'A file name has 1 to 500 characters without path separators, control or direction characters, and does '
        'not begin or end with a space.',
        '{"code": "invalid-file-name"}'
    );
    perform ddp.require(
        length(p_content_type) <= 255 and p_content_type ~ '^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$',
        'PT422', 'The content type is a media type in lower case without parameters, such as image/png.',
        '{"code": "invalid-content-type"}'
    );
    perform ddp.require(
        p_file_size between 1 and 5368709120, 'PT422', 'A file has between 1 byte and 5 GiB.', '{"code": "invalid-file-size"}'
    );
    perform ddp.require(
        octet_length(p_content_sha256) = 32, 'PT422', 'The SHA-256 of the content has 32 bytes.',
        '{"code": "invalid-content-sha256"}'
    );
    perform ddp.require(
        case p_method
            when 'single' then p_part_size is null
            when 'multipart' then p_part_size >= 5242880 and ceil(p_file_size::numeric / p_part_size) <= 10000
        end,
        'PT422',
        'A multipart upload has a part size of at least 5 MiB and at most 10,000 parts; a single upload has no part size.',
        '{"code": "invalid-part-size"}'
    );
    perform ddp.require(
        p_expires_at > now() and p_expires_at <= now() + interval '7 days', 'PT422',
        'An upload must expire within the next 7 days.', '{"code": "invalid-expiry"}'
    );
end
$$;
comment on function ddp.check_upload(text, text, bigint, bytea, public.upload_method, integer, timestamptz) is
    'PT422 with a sentence about the first field of a requested upload that is wrong.';
revoke all on function ddp.check_upload(text, text, bigint, bytea, public.upload_method, integer, timestamptz)
    from public, anon, authenticated, service_role;

create or replace function public.request_upload(
    p_file_name text, p_content_type text, p_file_size bigint, p_content_sha256 bytea,
    p_method public.upload_method, p_part_size integer, p_expires_at timestamptz
) returns public.uploads
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_live_file_id uuid;
    v_upload public.uploads;
begin
    perform ddp.check_upload(
        p_file_name, p_content_type, p_file_size, p_content_sha256, p_method, p_part_size, p_expires_at
    );

    select f.file_id into v_live_file_id
    from public.files f
    where f.created_by_user_id = v_user_id and f.content_sha256 = p_content_sha256 and f.deleted_at is null;
    perform ddp.require(
        v_live_file_id is null, 'PT409', 'You already have a file with the same content.',
        jsonb_build_object('code', 'duplicate-content', 'file_id', v_live_file_id)
    );
    -- One tenant must not fill the bucket and the workers' queue. Two simultaneous requests may both pass.
    perform ddp.require(
        (
            select count(*) < 1000 and coalesce(sum(u.file_size), 0) + p_file_size <= 536870912000
            from public.uploads u
            where u.created_by_user_id = v_user_id and u.state = 'pending' and u.expires_at > now()
        ),
        'PT429', 'You have 1,000 uploads or 500 GiB under way: finish or abort some of them first.',
        '{"code": "too-many-uploads"}'
    );

    insert into public.uploads (
        created_by_user_id, file_name, content_type, file_type, file_size, content_sha256, method, part_size, expires_at
    ) values (
        v_user_id, p_file_name, p_content_type, ddp.file_type_of(p_content_type), p_file_size, p_content_sha256,
        p_method, p_part_size, p_expires_at
    )
    returning * into v_upload;
    return v_upload;
end
$$;
comment on function public.request_upload(text, text, bigint, bytea, public.upload_method, integer, timestamptz) is
    'Starts an upload of the acting user and returns its row, state pending. PT422 if a field is wrong, PT409 with the '
    'file_id if the user has a live file with this content, PT429 if too many uploads or bytes are under way.';
revoke all on function public.request_upload(text, text, bigint, bytea, public.upload_method, integer, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function public.request_upload(text, text, bigint, bytea, public.upload_method, integer, timestamptz)
    to authenticated;
