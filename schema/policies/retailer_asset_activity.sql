-- requires: functions/active_user.sql
-- Seen by the retailer, by the brand whose asset it is, and by administrators. Written by refreshes and workers.

revoke all on public.retailer_asset_activity from public, anon, authenticated, service_role;
grant select on public.retailer_asset_activity to authenticated;
grant select, insert, update, delete on public.retailer_asset_activity to service_role;

drop policy if exists read on public.retailer_asset_activity;
create policy read on public.retailer_asset_activity for select to authenticated using (
    retailer_id = (select ddp.active_user_id())
    or brand_id = (select ddp.active_user_id())
    or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.retailer_asset_activity;
create policy workers on public.retailer_asset_activity to service_role using (true) with check (true);
