-- requires: functions/hosted_images.sql
-- An image is hosted while its asset is available: beginning, end and licence change that without a change of the file.

create or replace function ddp.host_changed_assets() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    perform ddp.revoke_hosted(array(
        select c.file_id
        from changed c
        join ddp.hosted_images h on h.file_id = c.file_id and h.state <> 'revoked' and not h.by_owner
        where not ddp.is_hosted_asset(c)
    ));
    perform ddp.want_hosted(c.file_id, p_by_owner => false)
    from before b
    join changed c on c.asset_id = b.asset_id
    join public.files f on f.file_id = c.file_id
    where ddp.is_hosted_asset(c) and ddp.may_be_hosted(f)
        and (b.available_from, b.available_until, b.changes_at, b.licence_version)
            is distinct from (c.available_from, c.available_until, c.changes_at, c.licence_version);
    return null;
end
$$;
comment on function ddp.host_changed_assets() is
    'Trigger on brand_assets: an image is hosted while its asset is available and has no licence, unless its owner asked for it. '
    'Expects the transition tables `before` and `changed`.';
revoke all on function ddp.host_changed_assets() from public, anon, authenticated, service_role;
