-- requires: functions/active_user.sql
-- Seen by the account that imports and by administrators. Requested through a function, carried out by workers.

revoke all on public.product_imports from public, anon, authenticated, service_role;
grant select on public.product_imports to authenticated;
grant select, insert, update, delete on public.product_imports to service_role;

drop policy if exists read on public.product_imports;
create policy read on public.product_imports for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.product_imports;
create policy workers on public.product_imports to service_role using (true) with check (true);
