-- requires: functions/active_user.sql
-- Seen by the retailer that claims, the brand (the campaign's creator) and administrators. Written by functions only.

revoke all on public.fund_claims from public, anon, authenticated, service_role;
grant select on public.fund_claims to authenticated, service_role;

drop policy if exists read on public.fund_claims;
create policy read on public.fund_claims for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when campaign_owner_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.fund_claims;
create policy workers on public.fund_claims for select to service_role using (true);
