-- requires: functions/active_user.sql, triggers/file_access.sql, policies/file_access.sql
-- Seen by the brand that published them, by retailers while published and live (ddp.file_access), and by administrators.
-- `case` and `offset 0`: policies/files.sql.

revoke all on public.brand_assets from public, anon, authenticated, service_role;
grant select, update (asset_name, asset_type, is_featured, metadata) on public.brand_assets to authenticated;
grant select, insert, update, delete on public.brand_assets to service_role;

drop policy if exists read on public.brand_assets;
create policy read on public.brand_assets for select to authenticated using (
    case
        when created_by_user_id = (select ddp.active_user_id()) then true
        when (select ddp.active_admin_id()) is not null then true
        when unpublished_at is null and (select ddp.active_user_type()) = 'retailer'
            then exists (select from ddp.file_access a where a.file_id = brand_assets.file_id offset 0)
    end
);
drop policy if exists change on public.brand_assets;
create policy change on public.brand_assets for update to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
) with check (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.brand_assets;
create policy workers on public.brand_assets to service_role using (true) with check (true);
