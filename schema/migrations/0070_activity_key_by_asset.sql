-- transaction: none
-- One row an asset, retailer, kind of activity and UTC day. The asset first: the same index serves its foreign key, and a
-- refresh has one index less to fill.
create unique index concurrently if not exists retailer_asset_activity_asset_key
    on public.retailer_asset_activity (asset_id, retailer_id, activity_type, activity_date);
