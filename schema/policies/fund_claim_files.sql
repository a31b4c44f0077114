-- requires: functions/active_user.sql
-- Which files prove a claim: seen like the claim. Who sees the file itself is in ddp.file_access. Written by functions only.

revoke all on public.fund_claim_files from public, anon, authenticated, service_role;
grant select on public.fund_claim_files to authenticated, service_role;

drop policy if exists read on public.fund_claim_files;
create policy read on public.fund_claim_files for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when campaign_owner_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.fund_claim_files;
create policy workers on public.fund_claim_files for select to service_role using (true);
