-- requires: functions/campaign_participation.sql
-- Nothing else can change the owner: a message never moves to another campaign, and a campaign keeps its creator.

create or replace trigger set_campaign_owner
    before insert or update of campaign_id, campaign_owner_id on public.email_campaigns
    for each row execute function ddp.set_campaign_owner();
create or replace trigger set_campaign_owner
    before insert or update of campaign_id, campaign_owner_id on public.sms_campaigns
    for each row execute function ddp.set_campaign_owner();
