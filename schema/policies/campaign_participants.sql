-- requires: functions/active_user.sql
-- Seen by the retailer that takes part, by the campaign's creator and by administrators; not by other participants.
-- Joining and leaving go through functions. Does not read `campaigns`: every policy within a policy is planned each time.

revoke all on public.campaign_participants from public, anon, authenticated, service_role;
grant select on public.campaign_participants to authenticated;
grant select, insert, update, delete on public.campaign_participants to service_role;

drop policy if exists read on public.campaign_participants;
create policy read on public.campaign_participants for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when campaign_owner_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.campaign_participants;
create policy workers on public.campaign_participants to service_role using (true) with check (true);
