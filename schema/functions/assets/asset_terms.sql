-- requires: functions/lock_files.sql, functions/require_active_user.sql, functions/social_given.sql
-- requires: policies/retailer_group_members.sql
-- When a brand asset is available and under which licence. ddp.file_access has a row for retailers only while it is available:
-- the row's end holds by itself, and for the beginning ddp.refresh_due_assets() looks each minute.

create or replace function ddp.asset_is_open(p_asset public.brand_assets) returns boolean
    language sql stable
    set search_path = ''
    return p_asset.unpublished_at is null and coalesce(p_asset.available_from <= now(), true)
        and coalesce(p_asset.available_until > now(), true);
comment on function ddp.asset_is_open(public.brand_assets) is 'Whether the asset is published and available now.';

create or replace function ddp.asset_is_open_to(p_asset public.brand_assets, p_retailer_id uuid) returns boolean
    language sql stable
    set search_path = ''
    return ddp.asset_is_open(p_asset) and (
        p_asset.group_ids is null
        or exists (
            select from public.retailer_group_members m
            where m.retailer_id = p_retailer_id and m.group_id = any (p_asset.group_ids)
        )
    );
comment on function ddp.asset_is_open_to(public.brand_assets, uuid) is 'Whether this retailer sees the asset now.';

create or replace function ddp.set_asset_change() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.changes_at := case
        when new.unpublished_at is not null then null
        when new.available_from > now() then new.available_from
        when new.available_until > now() then new.available_until
    end;
    return new;
end
$$;
comment on function ddp.set_asset_change() is 'Trigger on brand_assets: when its availability changes next by itself.';

create or replace function ddp.refresh_due_assets(p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    -- Files are locked before their assets, as by everybody who changes who sees them. Whoever holds one does this work too.
    v_file_ids constant uuid[] := array(
        select a.file_id
        from public.brand_assets a
        join public.files f on f.file_id = a.file_id
        where a.changes_at <= now()
        order by a.changes_at
        limit p_limit
        for no key update of f skip locked
    );
begin
    update public.brand_assets a set changes_at = null
    where a.file_id = any (v_file_ids) and a.changes_at <= now();
    return cardinality(v_file_ids);
end
$$;
comment on function ddp.refresh_due_assets(integer) is
    'Opens and ends up to p_limit assets whose time has come, and returns how many: triggers set the next time and ddp.file_access. '
    'For workers, each minute.';

create or replace function ddp.set_licence(p_asset public.brand_assets, p_licence jsonb) returns public.brand_assets
    language plpgsql stable
    set search_path = ''
as $$
begin
    if coalesce(jsonb_typeof(p_licence), 'null') = 'null' then
        p_asset.licence_version := null;
        p_asset.licence_text := null;
        return p_asset;
    end if;
    perform ddp.require_keys(p_licence, '{version,text}', 'A licence');
    perform ddp.require(
        btrim(p_licence ->> 'version') <> '' and btrim(p_licence ->> 'text') <> '', 'PT422',
        'Give the licence both a version and a text.', '{"code": "invalid-licence"}'
    );
    p_asset.licence_version := ddp.given_text(p_licence, 'version', 50);
    p_asset.licence_text := ddp.given_text(p_licence, 'text', 20000);
    perform ddp.require(
        not exists (
            select from public.licence_acceptances l
            where l.asset_id = p_asset.asset_id and l.licence_version = p_asset.licence_version
                and l.licence_sha256 <> sha256(convert_to(p_asset.licence_text, 'UTF8'))
        ),
        'PT409', 'Somebody has accepted this version of the licence with another text: give the new text another version.',
        jsonb_build_object('code', 'licence-version-taken', 'licence_version', p_asset.licence_version)
    );
    return p_asset;
end
$$;
comment on function ddp.set_licence(public.brand_assets, jsonb) is
    'The asset with this licence (null: none); PT422, and PT409 for another text of a version that somebody accepted.';

create or replace function ddp.given_groups(p_value jsonb, p_key text) returns uuid[]
    language plpgsql stable
    set search_path = ''
as $$
begin
    if coalesce(jsonb_typeof(p_value -> p_key), 'null') = 'null' then
        return null;
    end if;
    perform ddp.require(
        jsonb_typeof(p_value -> p_key) = 'array' and jsonb_array_length(p_value -> p_key) between 1 and 50, 'PT422',
        'Name 1 to 50 groups of retailers.', jsonb_build_object('code', 'invalid-list', 'field', p_key, 'limit', 50)
    );
    return array(
        select distinct ddp.given_uuid(jsonb_build_object(p_key, e.value), p_key)
        from jsonb_array_elements(p_value -> p_key) e (value)
    );
end
$$;
comment on function ddp.given_groups(jsonb, text) is 'The ids of a member, each once, or null; PT422 if it is no list of 1 to 50 ids.';

create or replace function ddp.set_asset_terms(p_asset public.brand_assets, p_terms jsonb) returns public.brand_assets
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.require_keys(p_terms, '{available_from,available_until,licence,group_ids}', 'The terms');
    if p_terms ? 'available_from' then
        p_asset.available_from := ddp.given_time(p_terms, 'available_from');
    end if;
    if p_terms ? 'available_until' then
        p_asset.available_until := ddp.given_time(p_terms, 'available_until');
        perform ddp.require(
            p_asset.available_until is null or p_asset.available_until > now(), 'PT422',
            'available_until must be in the future: withdraw the asset to end it now.', '{"code": "invalid-dates"}'
        );
    end if;
    perform ddp.require(
        p_asset.available_from is null or p_asset.available_until is null or p_asset.available_until > p_asset.available_from,
        'PT422', 'available_until must be after available_from.', '{"code": "invalid-dates"}'
    );
    if p_terms ? 'licence' then
        p_asset := ddp.set_licence(p_asset, p_terms -> 'licence');
    end if;
    if p_terms ? 'group_ids' then
        p_asset.group_ids := ddp.given_groups(p_terms, 'group_ids');
    end if;
    update public.brand_assets a
    set available_from = p_asset.available_from, available_until = p_asset.available_until,
        licence_version = p_asset.licence_version, licence_text = p_asset.licence_text, group_ids = p_asset.group_ids
    where a.asset_id = p_asset.asset_id
    returning a.* into p_asset;
    return p_asset;
end
$$;
comment on function ddp.set_asset_terms(public.brand_assets, jsonb) is
    'Changes the terms that are given, of an asset whose file is locked: available_from, available_until, licence (version and '
    'text, or null), group_ids. PT422, PT409, PT404 for a group of others.';

create or replace function public.change_asset_terms(p_asset_id uuid, p_terms jsonb) returns public.brand_assets
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_editor();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
    v_asset public.brand_assets;
begin
    perform ddp.lock_files(array(
        select a.file_id from public.brand_assets a
        where a.asset_id = p_asset_id and (a.created_by_user_id = v_user_id or v_is_admin)
    ));
    select a.* into v_asset
    from public.brand_assets a
    where a.asset_id = p_asset_id and a.unpublished_at is null and (a.created_by_user_id = v_user_id or v_is_admin)
    for no key update;
    perform ddp.require(
        v_asset.asset_id is not null, 'PT404', 'You have no such brand asset, or it is withdrawn.',
        '{"code": "asset-not-found"}'
    );
    return ddp.set_asset_terms(v_asset, p_terms);
end
$$;
comment on function public.change_asset_terms(uuid, jsonb) is
    'Changes terms of a published brand asset: available_from, available_until, licence (an object with version and text, or null), group_ids (a list, or null: all retailers). '
    'What is not given stays. For the brand that published it, and administrators.';

revoke all on function
    ddp.asset_is_open(public.brand_assets), ddp.asset_is_open_to(public.brand_assets, uuid), ddp.set_asset_change(),
    ddp.given_groups(jsonb, text), ddp.refresh_due_assets(integer), ddp.set_licence(public.brand_assets, jsonb),
    ddp.set_asset_terms(public.brand_assets, jsonb), public.change_asset_terms(uuid, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.asset_is_open(public.brand_assets), ddp.asset_is_open_to(public.brand_assets, uuid), ddp.refresh_due_assets(integer)
    to service_role;
grant execute on function public.change_asset_terms(uuid, jsonb) to authenticated;
