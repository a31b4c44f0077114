-- requires: functions/active_user.sql
-- Seen by the retailer, by the brand whose campaigns are scored, and by administrators. Written by refreshes and
-- workers.

revoke all on public.retailer_scores from public, anon, authenticated, service_role;
grant select on public.retailer_scores to authenticated;
grant select, insert, update, delete on public.retailer_scores to service_role;

drop policy if exists read on public.retailer_scores;
create policy read on public.retailer_scores for select to authenticated using (
    retailer_id = (select ddp.active_user_id())
    or brand_id = (select ddp.active_user_id())
    or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.retailer_scores;
create policy workers on public.retailer_scores to service_role using (true) with check (true);
