-- transaction: none
-- As for sessions: rows of one day are neighbours.
create index concurrently if not exists retailer_asset_activity_date_brin on public.retailer_asset_activity using brin (activity_date) with (autosummarize = on);
