-- requires: functions/asset_terms.sql, functions/hosted_images.sql
-- A public address would go around the dates and the licence of a brand asset.

create or replace function ddp.host_changed_assets() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.revoke_hosted(array(
        select c.file_id
        from changed c
        join ddp.hosted_images h on h.file_id = c.file_id and h.state <> 'revoked' and not h.by_owner
        where not ddp.asset_is_open(c) or c.licence_version is not null
    ));
    perform ddp.want_hosted(c.file_id, p_by_owner => false)
    from before b
    join changed c on c.asset_id = b.asset_id
    join public.files f on f.file_id = c.file_id
    where ddp.asset_is_open(c) and c.licence_version is null and ddp.may_be_hosted(f)
        and (b.available_from, b.available_until, b.changes_at, b.licence_version)
            is distinct from (c.available_from, c.available_until, c.changes_at, c.licence_version);
    return null;
end
$$;
comment on function ddp.host_changed_assets() is
    'Trigger on brand_assets: an image is hosted while its asset is available and has no licence, unless its owner asked for it. '
    'Expects the transition tables `before` and `changed`.';
revoke all on function ddp.host_changed_assets() from public, anon, authenticated, service_role;
