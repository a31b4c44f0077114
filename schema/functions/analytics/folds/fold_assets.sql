-- Touched files → the downloads of brand assets, from which the lists of the most downloaded are read.

create or replace function ddp.fold_asset_stats() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.asset_stats as s (asset_id, owner_user_id, is_live, download_count)
    select a.asset_id, a.created_by_user_id, a.unpublished_at is null and f.deleted_at is null, x.download_count
    from (
        select distinct c.entity_id as file_id from ddp.taken_changes c
        where c.entity_type in ('asset', 'asset_state') or c.entity_type = 'file' and c.metric_name in ('downloads', 'touched')
    ) t
    join public.brand_assets a on a.file_id = t.file_id
    join public.files f on f.file_id = t.file_id
    join ddp.file_stats x on x.file_id = t.file_id and x.download_count > 0
    on conflict (asset_id) do update set
        is_live = excluded.is_live,
        download_count = excluded.download_count
    where (s.is_live, s.download_count) is distinct from (excluded.is_live, excluded.download_count)
$$;
comment on function ddp.fold_asset_stats() is 'Derives touched brand assets'' downloads, and whether retailers see the asset.';
revoke all on function ddp.fold_asset_stats() from public, anon, authenticated, service_role;
