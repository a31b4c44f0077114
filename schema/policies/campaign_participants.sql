-- requires: functions/active_user.sql
-- Seen by the retailer that takes part, by the campaign's creator and by administrators; not by other participants.
-- Joining and leaving go through functions. Does not read `campaigns`: every policy within a policy is planned each time.

revoke all on public.campaign_participants from public, anon, authenticated, service_role;
grant select on public.campaign_participants to authenticated;
grant select, insert, update, delete on public.campaign_participants to service_role;

drop policy if exists read on public.campaign_participants;
create policy read on public.campaign_participants for select to authenticated using (
    retailer_id = (select ddp.active_user_id())
    or campaign_owner_id = (select ddp.active_user_id())
    or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.campaign_participants;
create policy workers on public.campaign_participants to service_role using (true) with check (true);
