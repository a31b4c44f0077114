-- Whose a row of a rollup is, a refresh takes from the entity, whose own key refers to the user: as in the statistics in
-- schema ddp, it is not looked up again for each of a million rows.
-- squawk-ignore ban-drop-constraint
alter table public.daily_analytics drop constraint if exists daily_analytics_owner_user_id_fkey;
-- squawk-ignore ban-drop-constraint
alter table public.retailer_asset_activity drop constraint if exists retailer_asset_activity_brand_id_fkey;
