-- The most downloaded assets of each brand, live and withdrawn ones apart: a hundred, of which lists show ten, so that a
-- list stays full when some are withdrawn before the next refresh.

create materialized view ddp.top_assets as
select ranked.asset_id, ranked.owner_user_id, ranked.is_live, ranked.download_count
from (
    select
        a.asset_id, a.created_by_user_id as owner_user_id, live.is_live, s.download_count,
        row_number() over (
            partition by a.created_by_user_id, live.is_live order by s.download_count desc, a.asset_id
        ) as position
    from public.brand_assets a
    join public.files f on f.file_id = a.file_id
    join ddp.file_stats s on s.file_id = a.file_id
    cross join lateral (select a.unpublished_at is null and f.deleted_at is null as is_live) live
    where s.download_count > 0
) ranked
where ranked.position <= 100;
create unique index top_assets_key on ddp.top_assets (asset_id);
create index top_assets_owner_idx on ddp.top_assets (owner_user_id, download_count desc, asset_id);
create index top_assets_live_idx on ddp.top_assets (download_count desc, asset_id) where is_live;
create index top_assets_all_idx on ddp.top_assets (download_count desc, asset_id);
comment on materialized view ddp.top_assets is 'A hundred most downloaded assets of each brand, live ones apart.';
revoke all on ddp.top_assets from public, anon, authenticated, service_role;
