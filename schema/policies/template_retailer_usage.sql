-- requires: functions/active_user.sql
-- Seen by the retailer, by the brand whose template it is, and by administrators. Written by refreshes and workers.

revoke all on public.template_retailer_usage from public, anon, authenticated, service_role;
grant select on public.template_retailer_usage to authenticated;
grant select, insert, update, delete on public.template_retailer_usage to service_role;

drop policy if exists read on public.template_retailer_usage;
create policy read on public.template_retailer_usage for select to authenticated using (
    retailer_id = (select ddp.active_user_id())
    or brand_id = (select ddp.active_user_id())
    or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.template_retailer_usage;
create policy workers on public.template_retailer_usage to service_role using (true) with check (true);
