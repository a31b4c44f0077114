-- requires: functions/active_user.sql
-- Seen by the brand and administrators. Members learn its name by retailer_groups_of_caller(), and not its rule.

revoke all on public.retailer_groups from public, anon, authenticated, service_role;
grant select on public.retailer_groups to authenticated, service_role;

drop policy if exists read on public.retailer_groups;
create policy read on public.retailer_groups for select to authenticated using (
    case (select ddp.reader_id()) when brand_id then true when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true end
);
drop policy if exists workers on public.retailer_groups;
create policy workers on public.retailer_groups for select to service_role using (true);
