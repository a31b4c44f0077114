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
    coalesce(round(100.0 * least(s.sent, s.recipients) / nullif(s.recipients, 0), 2), 0) as progress,
    m.campaign_owner_id,
    m.created_at,
    coalesce(s.clicked, 0) as clicked_count,
    coalesce(s.failed, 0) as failed_count,
    coalesce(s.unsubscribed, 0) as unsubscribed_count,
    coalesce(s.parts, 0) as part_count,
    round(coalesce(s.cost_micros, 0) / 1000000.0, 5) as cost,
    coalesce(round(100.0 * least(s.clicked, s.delivered) / nullif(s.delivered, 0), 2), 0) as click_rate,
    coalesce(s.conversions, 0) as conversion_count,
    round(coalesce(s.conversion_cents, 0) / 100.0, 2) as conversion_value,
    case when s.delivered > 0 then round(least(100.0 * s.conversions / s.delivered, 999.99), 2) else 0 end as conversion_rate
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
comment on column public.sms_campaign_analytics.campaign_owner_id is 'The creator of the campaign above it.';
comment on column public.sms_campaign_analytics.created_at is 'When the draft was made.';
comment on column public.sms_campaign_analytics.clicked_count is 'Clicked by people.';
comment on column public.sms_campaign_analytics.failed_count is 'Not delivered, or not sent: the provider or the carrier refused them.';
comment on column public.sms_campaign_analytics.unsubscribed_count is 'Recipients who wanted no more messages after it.';
comment on column public.sms_campaign_analytics.part_count is 'Parts of the messages that the provider accepted.';
comment on column public.sms_campaign_analytics.cost is 'US dollars: what the provider charged, or will by the prices.';
comment on column public.sms_campaign_analytics.click_rate is 'Clicked in percent of delivered.';
comment on column public.sms_campaign_analytics.conversion_count is 'Orders credited to it.';
comment on column public.sms_campaign_analytics.conversion_value is 'What they were worth, less what was paid back; in the platform''s currency.';
comment on column public.sms_campaign_analytics.conversion_rate is
    'Orders in percent of delivered; over 100 when recipients order more than once, at most 999.99.';
revoke all on public.sms_campaign_analytics from public, anon, authenticated, service_role;
grant select on public.sms_campaign_analytics to authenticated, service_role;
