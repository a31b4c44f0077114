-- Whose customers the recipients are stands on the ledgers' own rows, as part of the foreign key: a send can carry no
-- other owner than its e-mail or SMS campaign, for the price of one key, and the policy is a comparison on the row.
-- Nothing has written to the ledgers before but development data: checking and indexing them takes no time, so all of
-- it is one transaction.

alter table public.email_campaigns
    -- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid
    add constraint email_campaigns_owner_key unique (created_by_user_id, email_campaign_id);
alter table public.sms_campaigns
    -- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid
    add constraint sms_campaigns_owner_key unique (created_by_user_id, sms_campaign_id);

alter table public.email_sends add column created_by_user_id uuid;
update public.email_sends s set created_by_user_id = c.created_by_user_id
from public.email_campaigns c where c.email_campaign_id = s.email_campaign_id;
-- squawk-ignore adding-not-nullable-field
alter table public.email_sends alter column created_by_user_id set not null;
alter table public.email_sends
    -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
    add constraint email_sends_email_campaign_fkey
    foreign key (created_by_user_id, email_campaign_id)
    references public.email_campaigns (created_by_user_id, email_campaign_id);
-- squawk-ignore ban-drop-constraint
alter table public.email_sends drop constraint email_sends_email_campaign_id_fkey;
-- squawk-ignore require-concurrent-index-creation
create index email_sends_owner_idx on public.email_sends (created_by_user_id, email_campaign_id);
comment on column public.email_sends.created_by_user_id is 'Who sends: the creator of the e-mail campaign.';

alter table public.sms_sends add column created_by_user_id uuid;
update public.sms_sends s set created_by_user_id = c.created_by_user_id
from public.sms_campaigns c where c.sms_campaign_id = s.sms_campaign_id;
-- squawk-ignore adding-not-nullable-field
alter table public.sms_sends alter column created_by_user_id set not null;
alter table public.sms_sends
    -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
    add constraint sms_sends_sms_campaign_fkey
    foreign key (created_by_user_id, sms_campaign_id)
    references public.sms_campaigns (created_by_user_id, sms_campaign_id);
-- squawk-ignore ban-drop-constraint
alter table public.sms_sends drop constraint sms_sends_sms_campaign_id_fkey;
-- squawk-ignore require-concurrent-index-creation
create index sms_sends_owner_idx on public.sms_sends (created_by_user_id, sms_campaign_id);
comment on column public.sms_sends.created_by_user_id is 'Who sends: the creator of the SMS campaign.';
