-- requires: functions/top_lists.sql
-- A brand sees the retailers that download its assets, administrators those that download most, a retailer only itself.

create or replace view public.top_active_retailers_assets with (security_invoker = true) as
select
    row_number() over (order by t.download_count desc, t.asset_count desc, t.retailer_id) as position,
    t.retailer_id,
    t.retailer_name,
    t.download_count,
    t.asset_count,
    t.last_activity_at
from ddp.top_retailers_of_caller() t
order by t.download_count desc, t.asset_count desc, t.retailer_id
limit 10;
comment on view public.top_active_retailers_assets is
    'The ten retailers that downloaded assets most.';
comment on column public.top_active_retailers_assets.position is '1 is the most active one that the caller sees.';
comment on column public.top_active_retailers_assets.retailer_id is 'The retailer.';
comment on column public.top_active_retailers_assets.retailer_name is 'Its display name.';
comment on column public.top_active_retailers_assets.download_count is 'Downloads, as of the last refresh.';
comment on column public.top_active_retailers_assets.asset_count is 'Different assets downloaded.';
comment on column public.top_active_retailers_assets.last_activity_at is 'The last view, download or share.';
revoke all on public.top_active_retailers_assets from public, anon, authenticated, service_role;
grant select on public.top_active_retailers_assets to authenticated, service_role;
