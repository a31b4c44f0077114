-- requires: functions/active_user.sql
-- Seen by the member itself and administrators; by the brand, if it added the retailer by hand or the retailer takes part in one
-- of its campaigns: who merely lives in a region is no business of a brand's. Never by other members.

revoke all on public.retailer_group_members from public, anon, authenticated, service_role;
grant select on public.retailer_group_members to authenticated, service_role;

drop policy if exists read on public.retailer_group_members;
create policy read on public.retailer_group_members for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when brand_id then is_explicit or is_partner
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.retailer_group_members;
create policy workers on public.retailer_group_members for select to service_role using (true);
