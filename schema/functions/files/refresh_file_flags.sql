-- requires: functions/lock_files.sql
-- Keeps files.is_public and files.is_brand_asset current. Lists filter by them; ddp.file_access is derived from them.

create or replace function ddp.refresh_file_flags(p_file_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if p_file_ids = '{}' then
        return;
    end if;
    -- Lock first, then update in another statement, which sees what others committed during the wait: two transactions
    -- that each take a file out of one of its two public collections must not both see the other's collection.
    perform ddp.lock_files(p_file_ids);

    update public.files f
    set is_public = fresh.is_public, is_brand_asset = fresh.is_brand_asset
    from (
        select
            g.file_id,
            -- Only its owner's collections make a file public: a user with a share cannot pass the file on to all.
            exists (
                select from public.collection_files cf
                join public.collections c on c.collection_id = cf.collection_id
                where cf.file_id = g.file_id and c.is_public and c.created_by_user_id = g.created_by_user_id
            ) as is_public,
            exists (
                select from public.brand_assets a where a.file_id = g.file_id and a.unpublished_at is null
            ) as is_brand_asset
        from public.files g
        where g.file_id = any (p_file_ids)
    ) fresh
    where f.file_id = fresh.file_id
        and (f.is_public, f.is_brand_asset) is distinct from (fresh.is_public, fresh.is_brand_asset);
end
$$;
comment on function ddp.refresh_file_flags(uuid[]) is 'Recomputes is_public and is_brand_asset of these files.';
revoke all on function ddp.refresh_file_flags(uuid[]) from public, anon, authenticated, service_role;

-- The triggers' functions are SECURITY DEFINER: users who change a collection may not update `files`.
create or replace function ddp.refresh_flags_of_changed_files() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.refresh_file_flags(array(select distinct c.file_id from changed c));
    return null;
end
$$;
comment on function ddp.refresh_flags_of_changed_files() is
    'Trigger on tables with a file_id; expects the transition table `changed`.';
revoke all on function ddp.refresh_flags_of_changed_files() from public, anon, authenticated, service_role;

create or replace function ddp.refresh_flags_of_changed_collections() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.refresh_file_flags(array(
        select distinct cf.file_id
        from before b
        join changed c on c.collection_id = b.collection_id
        join public.collection_files cf on cf.collection_id = c.collection_id
        where (b.is_public, b.created_by_user_id) is distinct from (c.is_public, c.created_by_user_id)
    ));
    return null;
end
$$;
comment on function ddp.refresh_flags_of_changed_collections() is
    'Trigger on collections; expects the transition tables `before` and `changed`.';
revoke all on function ddp.refresh_flags_of_changed_collections() from public, anon, authenticated, service_role;

create or replace function ddp.refresh_flags_of_changed_assets() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- Only changes that publish or withdraw: counting a download must not lock its file.
    perform ddp.refresh_file_flags(array(
        select f.file_id
        from before b
        join changed c on c.asset_id = b.asset_id
        cross join lateral (values (b.file_id), (c.file_id)) f (file_id)
        where (b.file_id, b.unpublished_at is null) is distinct from (c.file_id, c.unpublished_at is null)
    ));
    return null;
end
$$;
comment on function ddp.refresh_flags_of_changed_assets() is
    'Trigger on brand_assets; expects the transition tables `before` and `changed`.';
revoke all on function ddp.refresh_flags_of_changed_assets() from public, anon, authenticated, service_role;
