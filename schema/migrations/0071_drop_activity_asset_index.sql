-- transaction: none
-- retailer_asset_activity_asset_key begins with the same column.
drop index concurrently if exists public.retailer_asset_activity_asset_idx;
