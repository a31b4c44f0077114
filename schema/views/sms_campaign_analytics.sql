-- requires: policies/analytics_tables.sql
-- Joins `sms_campaigns`, whose policy decides.

create or replace view public.sms_campaign_analytics with (security_invoker = true) as
select
    m.sms_campaign_id,
    m.campaign_id,
    m.created_by_user_id,
    m.sent_at,
    coalesce(s.recipients, 0) as recipient_count,
    coalesce(s.sent, 0) as sent_count,
    coalesce(s.delivered, 0) as delivered_count,
    coalesce(round(100.0 * least(s.delivered, s.sent) / nullif(s.sent, 0), 2), 0) as delivery_rate,
    coalesce(round(100.0 * least(s.sent, s.recipients) / nullif(s.recipients, 0), 2), 0) as progress
from public.sms_campaigns m
left join ddp.sms_campaign_stats s on s.sms_campaign_id = m.sms_campaign_id;
comment on view public.sms_campaign_analytics is
    'SMS campaign performance with rates in percent; every rate is 0 where there is nothing to divide by.';
comment on column public.sms_campaign_analytics.sms_campaign_id is 'The SMS campaign.';
comment on column public.sms_campaign_analytics.campaign_id is 'The campaign above it.';
comment on column public.sms_campaign_analytics.created_by_user_id is 'Who sends it.';
comment on column public.sms_campaign_analytics.sent_at is 'When it was sent.';
comment on column public.sms_campaign_analytics.recipient_count is 'Rows of the ledger.';
comment on column public.sms_campaign_analytics.sent_count is 'Sent.';
comment on column public.sms_campaign_analytics.delivered_count is 'Delivered.';
comment on column public.sms_campaign_analytics.delivery_rate is 'Delivered in percent of sent.';
comment on column public.sms_campaign_analytics.progress is 'Sent in percent of recipients.';
revoke all on public.sms_campaign_analytics from public, anon, authenticated, service_role;
grant select on public.sms_campaign_analytics to authenticated, service_role;
