-- requires: functions/top_lists.sql, policies/brand_assets.sql
-- Filtered by what the caller sees, then limited; ties go to the lower id. Sorted before the join, so that only as many
-- assets are read as it takes to find ten.

create or replace view public.top_downloaded_assets with (security_invoker = true) as
select
    row_number() over (order by t.download_count desc, t.asset_id) as position,
    a.asset_id,
    a.asset_name,
    a.asset_type,
    a.file_id,
    a.created_by_user_id as brand_id,
    t.download_count
from (select c.asset_id, c.download_count from ddp.top_assets_of_caller() c order by c.download_count desc, c.asset_id) t
join public.brand_assets a on a.asset_id = t.asset_id
order by t.download_count desc, t.asset_id
limit 10;
comment on view public.top_downloaded_assets is
    'The ten most downloaded brand assets that the caller sees.';
comment on column public.top_downloaded_assets.position is '1 is the most downloaded.';
comment on column public.top_downloaded_assets.asset_id is 'The asset.';
comment on column public.top_downloaded_assets.asset_name is 'Its name.';
comment on column public.top_downloaded_assets.asset_type is 'Its category.';
comment on column public.top_downloaded_assets.file_id is 'The file.';
comment on column public.top_downloaded_assets.brand_id is 'The brand.';
comment on column public.top_downloaded_assets.download_count is 'Downloads, as of the last refresh.';
revoke all on public.top_downloaded_assets from public, anon, authenticated, service_role;
grant select on public.top_downloaded_assets to authenticated, service_role;
