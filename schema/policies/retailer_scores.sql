-- requires: functions/active_user.sql
-- Seen by the retailer, by the brand whose campaigns are scored, and by administrators. Written by refreshes and
-- workers.

revoke all on public.retailer_scores from public, anon, authenticated, service_role;
grant select on public.retailer_scores to authenticated;
grant select, insert, update, delete on public.retailer_scores to service_role;

drop policy if exists read on public.retailer_scores;
create policy read on public.retailer_scores for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when brand_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.retailer_scores;
create policy workers on public.retailer_scores to service_role using (true) with check (true);
