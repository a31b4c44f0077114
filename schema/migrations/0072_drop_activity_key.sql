-- transaction: none
-- retailer_asset_activity_asset_key has the same columns.
drop index concurrently if exists public.retailer_asset_activity_key;
