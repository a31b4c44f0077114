-- requires: functions/active_user.sql
-- Seen by the brand and administrators. Members read the reason when something of theirs is refused.

revoke all on public.retailer_group_blackouts from public, anon, authenticated, service_role;
grant select on public.retailer_group_blackouts to authenticated, service_role;

drop policy if exists read on public.retailer_group_blackouts;
create policy read on public.retailer_group_blackouts for select to authenticated using (
    case (select ddp.reader_id()) when brand_id then true when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true end
);
drop policy if exists workers on public.retailer_group_blackouts;
create policy workers on public.retailer_group_blackouts for select to service_role using (true);
