-- requires: functions/active_user.sql
-- Seen by the brand whose assets they are, and by administrators. Written by refreshes and workers.

revoke all on public.daily_asset_downloads from public, anon, authenticated, service_role;
grant select on public.daily_asset_downloads to authenticated;
grant select, insert, update, delete on public.daily_asset_downloads to service_role;

drop policy if exists read on public.daily_asset_downloads;
create policy read on public.daily_asset_downloads for select to authenticated using (
    brand_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.daily_asset_downloads;
create policy workers on public.daily_asset_downloads to service_role using (true) with check (true);
