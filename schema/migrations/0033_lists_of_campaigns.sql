-- Who created the campaign above an e-mail or SMS campaign, on the row itself, as campaign_participants has it: the
-- policy asked campaigns, whose policy asked campaign_participants, whose policy … and each was planned for every list.

alter table public.email_campaigns add column campaign_owner_id uuid;
update public.email_campaigns e set campaign_owner_id = c.created_by_user_id
from public.campaigns c where c.campaign_id = e.campaign_id;
alter table public.email_campaigns
    -- A message for each retailer and campaign: thousands, checked in a moment.
    -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
    add constraint email_campaigns_campaign_owner_id_fkey foreign key (campaign_owner_id) references public.users;
-- squawk-ignore require-concurrent-index-creation
create index email_campaigns_campaign_owner_idx on public.email_campaigns (campaign_owner_id, created_at desc);
comment on column public.email_campaigns.campaign_owner_id is 'Who created the campaign. Set by trigger.';

alter table public.sms_campaigns add column campaign_owner_id uuid;
update public.sms_campaigns s set campaign_owner_id = c.created_by_user_id
from public.campaigns c where c.campaign_id = s.campaign_id;
alter table public.sms_campaigns
    -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
    add constraint sms_campaigns_campaign_owner_id_fkey foreign key (campaign_owner_id) references public.users;
-- squawk-ignore require-concurrent-index-creation
create index sms_campaigns_campaign_owner_idx on public.sms_campaigns (campaign_owner_id, created_at desc);
comment on column public.sms_campaigns.campaign_owner_id is 'Who created the campaign. Set by trigger.';

-- The campaigns that a retailer takes part in, the newest first. Thousands of rows: built in a moment.
-- squawk-ignore require-concurrent-index-creation
create index campaign_participants_retailer_joined_idx on public.campaign_participants (retailer_id, joined_at desc);
-- squawk-ignore require-concurrent-index-deletion
drop index public.campaign_participants_retailer_idx;
