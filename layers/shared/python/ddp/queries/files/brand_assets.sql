-- Brand assets: files that a brand has published. Retailers see every live asset, brands only their own.

-- name: publish_brand_asset
-- Shows a file to every retailer; records SHARE when it becomes visible.
select asset_id, asset_name, asset_type, file_id, download_count, is_featured, metadata, created_by_user_id,
    created_at, updated_at
from public.publish_brand_asset(%(file_id)s, %(asset_name)s, %(asset_type)s, %(is_featured)s, %(metadata)s);

-- name: list_brand_assets
-- One page of the published assets; null filters match everything.
select asset_id, asset_name, asset_type, file_id, download_count, is_featured, metadata, created_by_user_id,
    created_at, updated_at
from public.brand_assets
where unpublished_at is null
    and (%(asset_type)s::text is null or asset_type = %(asset_type)s)
    and (%(is_featured)s::boolean is null or is_featured = %(is_featured)s)
    and (%(at)s::timestamptz is null or (created_at, asset_id) < (%(at)s, %(id)s))
order by created_at desc, asset_id desc
limit %(limit)s;

-- name: get_brand_asset
-- A published asset for its detail view; withdrawn ones are not found.
select asset_id, asset_name, asset_type, file_id, download_count, is_featured, metadata, created_by_user_id,
    created_at, updated_at
from public.brand_assets where asset_id = %(asset_id)s and unpublished_at is null;

-- name: unpublish_brand_asset
-- Withdraws an asset from the retailers; its row stays, because recorded activity refers to it.
select asset_id, asset_name, asset_type, file_id, download_count, is_featured, metadata, created_by_user_id,
    created_at, updated_at
from public.unpublish_brand_asset(%(asset_id)s);
