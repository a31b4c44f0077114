create or replace function ddp.file_type_of(p_content_type text) returns public.file_type
    language sql immutable
    set search_path = ''
as $$
    select (case
        -- Not an image: it can carry scripts, gets no thumbnails, and is served only as a download.
        when p_content_type = 'image/svg+xml' then 'document'
        when p_content_type like 'image/%' then 'image'
        when p_content_type like 'video/%' then 'video'
        when p_content_type like 'audio/%' then 'audio'
        when p_content_type = 'application/pdf' then 'pdf'
        when p_content_type like 'text/%'
            or p_content_type in ('application/msword', 'application/rtf', 'application/json')
            or p_content_type like 'application/vnd.ms-%'
            or p_content_type like 'application/vnd.openxmlformats-officedocument.%'
            or p_content_type like 'application/vnd.oasis.opendocument.%' then 'document'
        else 'other'
    end)::public.file_type
$$;
comment on function ddp.file_type_of(text) is
    'The kind of file that a media type (lower case, no parameters) stands for.';
revoke all on function ddp.file_type_of(text) from public, anon, authenticated, service_role;
