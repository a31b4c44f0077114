-- requires: functions/campaign_participation.sql, functions/set_campaign_owner_of_statistics.sql
-- Nothing else can change the owner: a message never moves to another campaign, and a campaign keeps its creator.

create or replace trigger set_campaign_owner
    before insert or update of campaign_id, campaign_owner_id on public.email_campaigns
    for each row execute function ddp.set_campaign_owner();
create or replace trigger set_campaign_owner
    before insert or update of campaign_id, campaign_owner_id on public.sms_campaigns
    for each row execute function ddp.set_campaign_owner();
create or replace trigger set_campaign_owner
    before insert or update of campaign_id, campaign_owner_id on public.campaign_funds
    for each row execute function ddp.set_campaign_owner();
create or replace trigger set_campaign_owner
    before insert or update of campaign_id, campaign_owner_id on public.fund_claims
    for each row execute function ddp.set_campaign_owner();

create or replace trigger set_campaign_owner before insert on ddp.email_campaign_stats
    for each row execute function ddp.set_campaign_owner_of_statistics();
create or replace trigger set_campaign_owner before insert on ddp.sms_campaign_stats
    for each row execute function ddp.set_campaign_owner_of_statistics();
create or replace trigger set_campaign_owner before insert on ddp.social_post_stats
    for each row execute function ddp.set_campaign_owner_of_statistics();
