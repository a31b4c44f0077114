-- requires: functions/lock_files.sql, functions/asset_terms.sql
-- Keeps ddp.file_access current, from the flags on the file's row (functions/refresh_file_flags.sql), its shares, and
-- the claims that it proves: the brand of such a claim sees it.

create or replace function ddp.refresh_file_access(p_file_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if p_file_ids = '{}' then
        return;
    end if;
    perform ddp.lock_files(p_file_ids);

    with fresh as materialized (
        select f.file_id, a.audience, a.expires_at, f.created_at
        from public.files f
        cross join lateral (
            select 'everyone', 'infinity'::timestamptz where f.is_public
            union all
            select 'retailer', coalesce(b.available_until, 'infinity')
            from (values (f.file_id)) one (file_id)
            left join public.brand_assets b on b.file_id = one.file_id
            where f.is_brand_asset and (b.asset_id is null or b.group_ids is null and ddp.asset_is_open(b))
            union all
            select distinct 'group:' || g.group_id, coalesce(b.available_until, 'infinity')
            from public.brand_assets b
            cross join lateral unnest(b.group_ids) g (group_id)
            where b.file_id = f.file_id and f.is_brand_asset and ddp.asset_is_open(b)
            union all
            select u.user_id::text, max(u.expires_at)
            from (
                select s.shared_with_user_id, s.expires_at
                from public.file_shares s
                where s.file_id = f.file_id
                    and s.shared_with_user_id is not null
                    and s.revoked_at is null
                    and s.expires_at > now()
                union all
                select p.campaign_owner_id, 'infinity' from public.fund_claim_files p where p.file_id = f.file_id
            ) u (user_id, expires_at)
            group by u.user_id
        ) a (audience, expires_at)
        where f.file_id = any (p_file_ids) and f.deleted_at is null
    ), gone as (
        delete from ddp.file_access a
        where a.file_id = any (p_file_ids)
            and not exists (select from fresh where fresh.file_id = a.file_id and fresh.audience = a.audience)
    )
    insert into ddp.file_access (file_id, audience, expires_at, file_created_at)
    select fresh.file_id, fresh.audience, fresh.expires_at, fresh.created_at from fresh
    where not exists (
        select from ddp.file_access b
        where b.file_id = fresh.file_id and b.audience = fresh.audience and b.expires_at = fresh.expires_at
            and b.file_created_at = fresh.created_at
    )
    on conflict (file_id, audience) do update
    set expires_at = excluded.expires_at, file_created_at = excluded.file_created_at;
end
$$;
comment on function ddp.refresh_file_access(uuid[]) is 'Recomputes ddp.file_access of these files.';
revoke all on function ddp.refresh_file_access(uuid[]) from public, anon, authenticated, service_role;

-- The triggers' functions are SECURITY DEFINER: users who share, revoke or delete may not write ddp.file_access.
create or replace function ddp.refresh_access_of_changed_shares() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.refresh_file_access(array(
        select distinct c.file_id from changed c where c.shared_with_user_id is not null
    ));
    return null;
end
$$;
comment on function ddp.refresh_access_of_changed_shares() is
    'Trigger on file_shares; expects the transition table `changed`.';
revoke all on function ddp.refresh_access_of_changed_shares() from public, anon, authenticated, service_role;

create or replace function ddp.refresh_access_of_changed_proofs() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.refresh_file_access(array(select distinct c.file_id from changed c));
    return null;
end
$$;
comment on function ddp.refresh_access_of_changed_proofs() is
    'Trigger on fund_claim_files; expects the transition table `changed`.';
revoke all on function ddp.refresh_access_of_changed_proofs() from public, anon, authenticated, service_role;

create or replace function ddp.refresh_access_of_new_files() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- Nobody else sees a new file yet, unless it was loaded with its flags set.
    perform ddp.refresh_file_access(array(select c.file_id from changed c where c.is_public or c.is_brand_asset));
    return null;
end
$$;
comment on function ddp.refresh_access_of_new_files() is 'Trigger on files; expects the transition table `changed`.';
revoke all on function ddp.refresh_access_of_new_files() from public, anon, authenticated, service_role;

create or replace function ddp.refresh_access_of_changed_files() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.refresh_file_access(array(
        select c.file_id
        from before b
        join changed c on c.file_id = b.file_id
        where (b.is_public, b.is_brand_asset, b.deleted_at is null)
            is distinct from (c.is_public, c.is_brand_asset, c.deleted_at is null)
    ));
    return null;
end
$$;
comment on function ddp.refresh_access_of_changed_files() is
    'Trigger on files; expects the transition tables `before` and `changed`.';
revoke all on function ddp.refresh_access_of_changed_files() from public, anon, authenticated, service_role;

create or replace function ddp.refresh_access_of_changed_assets() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    -- Publishing and withdrawing change the file's flag, and so its row.
    perform ddp.refresh_file_access(array(
        select c.file_id
        from before b
        join changed c on c.asset_id = b.asset_id
        where (b.available_from, b.available_until, b.changes_at, b.group_ids)
            is distinct from (c.available_from, c.available_until, c.changes_at, c.group_ids)
    ));
    return null;
end
$$;
comment on function ddp.refresh_access_of_changed_assets() is
    'Trigger on brand_assets; expects the transition tables `before` and `changed`.';
revoke all on function ddp.refresh_access_of_changed_assets() from public, anon, authenticated, service_role;
