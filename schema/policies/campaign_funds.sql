-- requires: functions/active_user.sql
-- Seen by the retailer, the brand (the campaign's creator) and administrators. Written by functions only.

revoke all on public.campaign_funds from public, anon, authenticated, service_role;
grant select on public.campaign_funds to authenticated, service_role;

drop policy if exists read on public.campaign_funds;
create policy read on public.campaign_funds for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when campaign_owner_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.campaign_funds;
create policy workers on public.campaign_funds for select to service_role using (true);
