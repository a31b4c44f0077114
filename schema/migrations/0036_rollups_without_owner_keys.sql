-- Whose a row of a rollup is was joined from `users` by the refresh that wrote it, and users are never removed: to look
-- each of them up again in the same transaction was a fifth of the time that a refresh takes.
-- squawk-ignore ban-drop-constraint
alter table public.daily_analytics drop constraint daily_analytics_owner_user_id_fkey;
-- squawk-ignore ban-drop-constraint
alter table public.retailer_asset_activity drop constraint retailer_asset_activity_brand_id_fkey;
