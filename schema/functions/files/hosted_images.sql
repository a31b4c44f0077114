-- requires: functions/visible_file.sql, functions/asset_terms.sql, policies/hosted_images.sql
-- Images at public addresses. A file has one that is not revoked at most, and another token each time. Everything here happens
-- under the file's lock, so that nothing is hosted that was withdrawn meanwhile.

create or replace function ddp.may_be_hosted(p_file public.files) returns boolean
    language sql immutable
    set search_path = ''
    return p_file.deleted_at is null
        and coalesce(p_file.content_type in ('image/jpeg', 'image/png', 'image/gif', 'image/webp'), false);
comment on function ddp.may_be_hosted(public.files) is 'Whether the file is a live image of a type that can be hosted.';

create or replace function ddp.is_hosted_asset(p_asset public.brand_assets) returns boolean
    language sql stable
    set search_path = ''
    -- A public address would go around its dates and its licence.
    return ddp.asset_is_open(p_asset) and p_asset.licence_version is null;
comment on function ddp.is_hosted_asset(public.brand_assets) is
    'Whether an image is hosted because it is this asset: it is published, available now, and has no licence.';

create or replace function ddp.want_hosted(p_file_id uuid, p_by_owner boolean) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.hosted_images as h (token, file_id, by_owner)
    values (
        rtrim(translate(encode(uuid_send(p_file_id) || uuid_send(gen_random_uuid()), 'base64'), '+/', '-_'), '='),
        p_file_id, p_by_owner
    )
    on conflict (file_id) where state <> 'revoked' do update
    set by_owner = h.by_owner or p_by_owner,
        state = case when h.state = 'failed' then 'wanted' else h.state end,
        attempts = case when h.state = 'failed' then 0 else h.attempts end,
        reason = case when h.state = 'failed' then null else h.reason end,
        told_at = case when h.state = 'failed' then null else h.told_at end
$$;
comment on function ddp.want_hosted(uuid, boolean) is 'Has a file hosted, unless it is; one that failed is tried again.';

create or replace function ddp.revoke_hosted(p_file_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- An update of no file would fire the trigger that calls this, again and again.
    if p_file_ids = '{}' then
        return;
    end if;
    update ddp.hosted_images h set state = 'revoked', revoked_at = now()
    where h.file_id = any (p_file_ids) and h.state <> 'revoked';
    update public.files f set file_url = null where f.file_id = any (p_file_ids) and f.file_url is not null;
end
$$;
comment on function ddp.revoke_hosted(uuid[]) is 'Ends the public addresses of files; a worker deletes the objects within a minute.';

create or replace function ddp.host_changed_files() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.revoke_hosted(array(
        select h.file_id
        from changed c
        join ddp.hosted_images h on h.file_id = c.file_id and h.state <> 'revoked'
        where c.deleted_at is not null or not (c.is_brand_asset or h.by_owner)
    ));
    perform ddp.want_hosted(c.file_id, p_by_owner => false)
    from before b
    join changed c on c.file_id = b.file_id
    join public.brand_assets a on a.file_id = c.file_id and ddp.is_hosted_asset(a)
    where c.is_brand_asset and ddp.may_be_hosted(c)
        and not (b.is_brand_asset and b.deleted_at is null);
    return null;
end
$$;
comment on function ddp.host_changed_files() is
    'Trigger on files: images that become published, or come back from the trash, are hosted while their asset is; those that are withdrawn or deleted are no longer. Expects the '
    'transition tables `before` and `changed`.';

create or replace function public.host_file(p_file_id uuid) returns public.files
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_file constant public.files := ddp.lock_own_file(p_file_id, p_or_admin => false);
begin
    perform ddp.require(
        v_file.deleted_at is null, 'PT409', 'This file is deleted: restore it first.', '{"code": "file-deleted"}'
    );
    perform ddp.require(
        ddp.may_be_hosted(v_file), 'PT422', 'Only JPEG, PNG, GIF and WebP images can be hosted.', '{"code": "not-an-image"}'
    );
    perform ddp.want_hosted(p_file_id, p_by_owner => true);
    return v_file;
end
$$;
comment on function public.host_file(uuid) is
    'Has an own live image hosted at a public address, which is in file_url within a minute or two; one that is hosted stays so, also '
    'when it is no longer a brand asset. For the file''s owner.';

create or replace function public.unhost_file(p_file_id uuid) returns public.files
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_file public.files := ddp.lock_own_file(p_file_id, p_or_admin => true);
begin
    perform ddp.revoke_hosted(array[p_file_id]);
    select f.* into strict v_file from public.files f where f.file_id = p_file_id;
    return v_file;
end
$$;
comment on function public.unhost_file(uuid) is
    'Ends the public address of an image for good: hosting it again gives another one. For the file''s owner and administrators.';

create or replace function ddp.hosted_state(p_file_id uuid, out state text, out reason text)
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.visible_file(p_file_id);
    select h.state, h.reason into hosted_state.state, hosted_state.reason
    from ddp.hosted_images h
    where h.file_id = p_file_id and h.state <> 'revoked';
end
$$;
comment on function ddp.hosted_state(uuid) is 'Whether a visible file is hosted, and why not; null if nobody wants it to be.';

create or replace function ddp.hosted_tokens(p_tokens text[]) returns table (token text, state text)
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_active_user();
    perform ddp.require(
        coalesce(cardinality(p_tokens), 0) <= 100, 'PT422', 'Ask about at most 100 tokens.', '{"code": "too-many-tokens"}'
    );
    return query select h.token::text, h.state::text from ddp.hosted_images h where h.token = any (p_tokens);
end
$$;
comment on function ddp.hosted_tokens(text[]) is
    'The states of these tokens; unknown ones are left out. Whoever has a token may know whether its address works.';

create or replace function ddp.images_to_host(p_limit integer) returns setof text
    language sql volatile security definer
    set search_path = ''
as $$
    -- A worker that was told five times and made nothing was killed by the image each time.
    update ddp.hosted_images h set state = 'failed', reason = 'not-made'
    where h.state = 'wanted' and h.attempts >= 5 and h.told_at < now() - interval '10 minutes';
    update ddp.hosted_images h set told_at = now(), attempts = h.attempts + 1
    where h.token = any (array(
        select w.token from ddp.hosted_images w
        where w.state = 'wanted' and (w.told_at is null or w.told_at < now() - interval '10 minutes')
        order by w.requested_at
        limit p_limit
        for update skip locked
    ))
    returning h.token::text
$$;
comment on function ddp.images_to_host(integer) is 'Tokens of images that a worker is to make now. For workers.';

create or replace function ddp.image_to_host(p_token text) returns table (file_path text, file_size bigint)
    language sql stable security definer
    set search_path = ''
as $$
    select f.file_path, f.file_size from ddp.hosted_images h
    join public.files f on f.file_id = h.file_id and ddp.may_be_hosted(f)
    where h.token = p_token and h.state = 'wanted'
$$;
comment on function ddp.image_to_host(text) is 'The file of an image that waits to be made; no row if it is settled. For workers.';

create or replace function ddp.image_hosted(p_token text, p_content_type text, p_url text) returns boolean
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_file_id uuid;
begin
    -- The file first, as everybody who changes one does.
    select h.file_id into v_file_id from ddp.hosted_images h where h.token = p_token;
    perform ddp.lock_files(array[v_file_id]);
    update ddp.hosted_images h set state = 'live', content_type = p_content_type, made_at = now(), reason = null
    where h.token = p_token and h.state in ('wanted', 'live');
    if not found then
        return false;
    end if;
    update public.files f set file_url = p_url where f.file_id = v_file_id and f.file_url is distinct from p_url;
    return true;
end
$$;
comment on function ddp.image_hosted(text, text, text) is
    'The object is there: shows its address on the file. False if it was revoked meanwhile: delete the object. For workers.';

create or replace function ddp.image_not_hosted(p_token text, p_reason text) returns void
    language sql volatile security definer
    set search_path = ''
as $$
    update ddp.hosted_images h set state = 'failed', reason = p_reason where h.token = p_token and h.state = 'wanted'
$$;
comment on function ddp.image_not_hosted(text, text) is 'The image cannot be made, for this reason. For workers.';

create or replace function ddp.images_to_remove(p_limit integer) returns setof text
    language sql stable security definer
    set search_path = ''
as $$
    select h.token::text from ddp.hosted_images h
    where h.state = 'revoked' and h.removed_at is null
    order by h.revoked_at
    limit p_limit
$$;
comment on function ddp.images_to_remove(integer) is 'Tokens of revoked images whose objects may be there. For workers.';

create or replace function ddp.images_removed(p_tokens text[]) returns void
    language sql volatile security definer
    set search_path = ''
as $$
    update ddp.hosted_images h set removed_at = now() where h.token = any (p_tokens) and h.state = 'revoked'
$$;
comment on function ddp.images_removed(text[]) is 'Notes that the objects of revoked images are deleted. For workers.';

revoke all on function
    ddp.may_be_hosted(public.files), ddp.is_hosted_asset(public.brand_assets), ddp.want_hosted(uuid, boolean),
    ddp.revoke_hosted(uuid[]), ddp.host_changed_files(), public.host_file(uuid), public.unhost_file(uuid), ddp.hosted_state(uuid), ddp.hosted_tokens(text[]),
    ddp.images_to_host(integer), ddp.image_to_host(text), ddp.image_hosted(text, text, text), ddp.image_not_hosted(text, text),
    ddp.images_to_remove(integer), ddp.images_removed(text[])
    from public, anon, authenticated, service_role;
grant execute on function public.host_file(uuid), public.unhost_file(uuid), ddp.hosted_state(uuid), ddp.hosted_tokens(text[])
    to authenticated;
grant execute on function
    ddp.images_to_host(integer), ddp.image_to_host(text), ddp.image_hosted(text, text, text), ddp.image_not_hosted(text, text),
    ddp.images_to_remove(integer), ddp.images_removed(text[])
    to service_role;
