-- requires: functions/require_active_user.sql, functions/visible_file.sql, functions/check_json.sql, functions/log_change.sql
-- requires: functions/social_given.sql, policies/social_post_parts.sql, policies/social_post_media.sql
-- What a post consists of: its text and settings, its media, its first comment.

create or replace function ddp.add_first_parts() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    insert into public.social_post_parts (post_id, part_no, status, external_id, published_at)
    select c.post_id, 0, case when c.status = 'published' then 'published' else 'waiting' end, c.external_post_id, c.published_at
    from changed c;
    return null;
end
$$;
comment on function ddp.add_first_parts() is 'Trigger on social_posts: every post has part 0. Expects the transition table `changed`.';

create or replace function ddp.check_social_post(p_content text, p_title text, p_type text, p_options jsonb) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_type in ('text', 'image', 'video', 'link', 'carousel', 'reel', 'story', 'thread'), 'PT422',
        'A post is of type text, image, video, link, carousel, reel, story or thread.', '{"code": "invalid-post-type"}'
    );
    -- 63,206 characters: the longest text that any of the platforms takes.
    perform ddp.require(
        coalesce(length(p_content), 0) <= 63206 and (btrim(p_content) <> '' or p_type <> 'text'), 'PT422',
        'A text post has content. Content has at most 63,206 characters.', '{"code": "invalid-content"}'
    );
    perform ddp.require(
        coalesce(length(p_title), 0) <= 300, 'PT422', 'A title has at most 300 characters.', '{"code": "invalid-title"}'
    );
    perform ddp.check_json(p_options, 'The options');
end
$$;
comment on function ddp.check_social_post(text, text, text, jsonb) is
    'PT422 for what no platform takes. What the post''s own platform takes, the HTTP functions and workers check.';

create or replace function ddp.set_social_media(p_post_id uuid, p_media jsonb) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_item record;
    v_file public.files;
begin
    perform ddp.require(
        jsonb_typeof(p_media) = 'array' and jsonb_array_length(p_media) <= 35, 'PT422',
        'media must be a list of at most 35 files.', '{"code": "invalid-media"}'
    );
    delete from public.social_post_media m where m.post_id = p_post_id;
    for v_item in
        -- A file's id alone will do.
        select
            case jsonb_typeof(e.value) when 'string' then jsonb_build_object('file_id', e.value) else e.value end as value,
            e.place - 1 as place
        from jsonb_array_elements(p_media) with ordinality e (value, place)
        order by e.place
    loop
        perform ddp.require_keys(v_item.value, '{file_id,alt_text}', 'A file of the media');
        perform ddp.require(
            v_item.value ->> 'file_id' is not null, 'PT422', 'Each file of the media needs its file_id.', '{"code": "invalid-media"}'
        );
        v_file := ddp.visible_file(ddp.given_uuid(v_item.value, 'file_id'));
        perform ddp.require(
            v_file.deleted_at is null, 'PT409', 'This file is in the trash: restore it first.',
            jsonb_build_object('code', 'file-deleted', 'file_id', v_file.file_id)
        );
        insert into public.social_post_media (post_id, position, file_id, alt_text)
        values (p_post_id, v_item.place, v_file.file_id, ddp.given_text(v_item.value, 'alt_text', 1500));
    end loop;
end
$$;
comment on function ddp.set_social_media(uuid, jsonb) is
    'Gives a post these media, in their order: a list of file ids, or of objects with file_id and alt_text. PT404 for a file that '
    'the acting user does not see.';

create or replace function ddp.set_first_comment(p_post_id uuid, p_content text) returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_old text := (select t.content from public.social_post_parts t where t.post_id = p_post_id and t.part_no = 1);
    v_new constant text := nullif(btrim(p_content), '');
begin
    perform ddp.require(
        coalesce(length(v_new), 0) <= 10000, 'PT422', 'A first comment has at most 10,000 characters.', '{"code": "invalid-comment"}'
    );
    if v_new is not distinct from v_old then
        return;
    elsif v_new is null then
        delete from public.social_post_parts t where t.post_id = p_post_id and t.part_no = 1;
    else
        insert into public.social_post_parts (post_id, part_no, content) values (p_post_id, 1, v_new)
        on conflict (post_id, part_no) do update
        set content = excluded.content, status = 'waiting', error_code = null, error_reason = null;
    end if;
    -- Parts pass through states, and are their own record.
    perform ddp.log_change(
        'social_post_parts', p_post_id,
        case when v_old is not null then jsonb_build_object('part_no', 1, 'content', v_old) end,
        case when v_new is not null then jsonb_build_object('part_no', 1, 'content', v_new) end
    );
end
$$;
comment on function ddp.set_first_comment(uuid, text) is 'Sets, changes or (null) removes the first comment of a post.';

revoke all on function
    ddp.add_first_parts(), ddp.check_social_post(text, text, text, jsonb), ddp.set_social_media(uuid, jsonb),
    ddp.set_first_comment(uuid, text)
    from public, anon, authenticated, service_role;
