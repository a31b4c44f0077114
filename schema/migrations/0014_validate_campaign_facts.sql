-- Checked apart from 0013: this reads the tables without keeping writers out.

alter table public.campaign_participants validate constraint campaign_participants_campaign_owner_id_fkey;
alter table public.email_campaigns validate constraint email_campaigns_template_id_fkey;
alter table public.sms_campaigns validate constraint sms_campaigns_template_id_fkey;
