-- requires: functions/active_user.sql
-- Seen by the retailer and by administrators: orders are the shop's business. The brand sees sums (campaign_analytics,
-- retailer_scores). Written through functions and by workers.

revoke all on public.conversions from public, anon, authenticated, service_role;
grant select on public.conversions to authenticated;
grant select, insert, update, delete on public.conversions to service_role;

drop policy if exists read on public.conversions;
create policy read on public.conversions for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.conversions;
create policy workers on public.conversions to service_role using (true) with check (true);
