-- requires: functions/active_user.sql
-- Seen by the participant, by the campaign's creator and by administrators. Written through functions.

revoke all on public.campaign_item_responses from public, anon, authenticated, service_role;
grant select on public.campaign_item_responses to authenticated;
grant select, insert, update, delete on public.campaign_item_responses to service_role;

drop policy if exists read on public.campaign_item_responses;
create policy read on public.campaign_item_responses for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when campaign_owner_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.campaign_item_responses;
create policy workers on public.campaign_item_responses to service_role using (true) with check (true);
