-- transaction: none
-- One row a retailer, asset, kind of activity and UTC day: what a refresh inserts twice is there once.
create unique index concurrently if not exists retailer_asset_activity_key
    on public.retailer_asset_activity (retailer_id, asset_id, activity_type, activity_date);
