-- Brand assets: files that a brand has published. Retailers see every live asset that is available, brands only their own.

-- part: columns
asset_id, asset_name, asset_type, file_id, download_count, is_featured, metadata, created_by_user_id,
    created_at, updated_at, available_from, available_until, licence_version,
    case when created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
        then group_ids end as group_ids

-- name: publish_brand_asset
-- Shows a file to retailers, under its terms; records SHARE when it becomes visible.
select {columns}
from public.publish_brand_asset(%(file_id)s, %(asset_name)s, %(asset_type)s, %(is_featured)s, %(metadata)s, %(terms)s);

-- name: list_brand_assets
-- One page of the published assets; null filters match everything.
select {columns}
from public.brand_assets
where unpublished_at is null
    and (%(asset_type)s::text is null or asset_type = %(asset_type)s)
    and (%(is_featured)s::boolean is null or is_featured = %(is_featured)s)
    and (%(at)s::timestamptz is null or (created_at, asset_id) < (%(at)s, %(id)s))
order by created_at desc, asset_id desc
limit %(limit)s;

-- name: list_ending
-- One page of the published assets that end before a time, the next one first.
select {columns}
from public.brand_assets
where unpublished_at is null and available_until > now() and available_until < %(ends_before)s
    and (%(asset_type)s::text is null or asset_type = %(asset_type)s)
    and (%(is_featured)s::boolean is null or is_featured = %(is_featured)s)
    and (%(at)s::timestamptz is null or (available_until, asset_id) > (%(at)s, %(id)s))
order by available_until asc, asset_id asc
limit %(limit)s;

-- name: change_terms
-- Changes when an asset is available and its licence; what is not given stays.
select {columns}
from public.change_asset_terms(%(asset_id)s, %(terms)s);

-- name: refresh_due
-- Opens and ends assets whose time has come.
select ddp.refresh_due_assets(%(limit)s) as assets;

-- name: get_brand_asset
-- A published asset for its detail view; withdrawn ones are not found.
select {columns}
from public.brand_assets where asset_id = %(asset_id)s and unpublished_at is null;

-- name: unpublish_brand_asset
-- Withdraws an asset from the retailers; its row stays, because recorded activity refers to it.
select {columns}
from public.unpublish_brand_asset(%(asset_id)s);
