-- requires: functions/campaign_participation.sql
-- A message is made for a campaign that its author sees, and nobody moves it: nothing else changes the owner above it.

create or replace trigger set_campaign_owner
    before insert or update of campaign_id, campaign_owner_id on public.email_campaigns
    for each row execute function ddp.set_campaign_owner();
create or replace trigger set_campaign_owner
    before insert or update of campaign_id, campaign_owner_id on public.sms_campaigns
    for each row execute function ddp.set_campaign_owner();
