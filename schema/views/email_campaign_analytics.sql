-- requires: policies/analytics_tables.sql
-- Joins `email_campaigns`, whose policy decides. Rates come from timestamps: an e-mail that bounced after delivery
-- was still delivered.

create or replace view public.email_campaign_analytics with (security_invoker = true) as
select
    e.email_campaign_id,
    e.campaign_id,
    e.email_subject,
    e.created_by_user_id,
    e.sent_at,
    coalesce(s.recipients, 0) as recipient_count,
    coalesce(s.sent, 0) as sent_count,
    coalesce(s.delivered, 0) as delivered_count,
    coalesce(s.opened, 0) as opened_count,
    coalesce(s.clicked, 0) as clicked_count,
    coalesce(s.bounced, 0) as bounced_count,
    coalesce(round(100.0 * least(s.delivered, s.sent) / nullif(s.sent, 0), 2), 0) as delivery_rate,
    coalesce(round(100.0 * least(s.opened, s.delivered) / nullif(s.delivered, 0), 2), 0) as open_rate,
    coalesce(round(100.0 * least(s.clicked, s.delivered) / nullif(s.delivered, 0), 2), 0) as click_rate,
    coalesce(round(100.0 * least(s.clicked, s.opened) / nullif(s.opened, 0), 2), 0) as click_to_open_rate,
    coalesce(round(100.0 * least(s.bounced, s.sent) / nullif(s.sent, 0), 2), 0) as bounce_rate,
    coalesce(s.failed, 0) as failed_count,
    coalesce(s.complained, 0) as complained_count,
    coalesce(s.unsubscribed, 0) as unsubscribed_count,
    coalesce(s.machine_opened, 0) as machine_opened_count,
    e.campaign_owner_id,
    e.created_at,
    coalesce(s.conversions, 0) as conversion_count,
    round(coalesce(s.conversion_cents, 0) / 100.0, 2) as conversion_value,
    case when s.delivered > 0 then round(least(100.0 * s.conversions / s.delivered, 999.99), 2) else 0 end as conversion_rate
from public.email_campaigns e
left join ddp.email_campaign_stats s on s.email_campaign_id = e.email_campaign_id;
comment on view public.email_campaign_analytics is
    'E-mail campaign performance with rates in percent; every rate is 0 where there is nothing to divide by.';
comment on column public.email_campaign_analytics.email_campaign_id is 'The e-mail campaign.';
comment on column public.email_campaign_analytics.campaign_id is 'The campaign above it.';
comment on column public.email_campaign_analytics.email_subject is 'Subject.';
comment on column public.email_campaign_analytics.created_by_user_id is 'Who sends it.';
comment on column public.email_campaign_analytics.sent_at is 'When it was sent.';
comment on column public.email_campaign_analytics.recipient_count is 'Rows of the ledger.';
comment on column public.email_campaign_analytics.sent_count is 'Sent.';
comment on column public.email_campaign_analytics.delivered_count is 'Delivered.';
comment on column public.email_campaign_analytics.opened_count is 'Opened.';
comment on column public.email_campaign_analytics.clicked_count is 'Clicked.';
comment on column public.email_campaign_analytics.bounced_count is 'Bounced.';
comment on column public.email_campaign_analytics.delivery_rate is 'Delivered in percent of sent.';
comment on column public.email_campaign_analytics.open_rate is 'Opened in percent of delivered.';
comment on column public.email_campaign_analytics.click_rate is 'Clicked in percent of delivered.';
comment on column public.email_campaign_analytics.click_to_open_rate is 'Clicked in percent of opened.';
comment on column public.email_campaign_analytics.bounce_rate is 'Bounced in percent of sent.';
comment on column public.email_campaign_analytics.failed_count is 'Not sent: the provider or the ledger refused them.';
comment on column public.email_campaign_analytics.complained_count is 'Reported as spam by the recipient.';
comment on column public.email_campaign_analytics.unsubscribed_count is 'Unsubscribed through the e-mail.';
comment on column public.email_campaign_analytics.machine_opened_count is
    'Opened by a mail scanner or proxy. Not in opened_count, unless a person opened it too.';
comment on column public.email_campaign_analytics.campaign_owner_id is 'The creator of the campaign above it.';
comment on column public.email_campaign_analytics.created_at is 'When the draft was made.';
comment on column public.email_campaign_analytics.conversion_count is 'Orders credited to it.';
comment on column public.email_campaign_analytics.conversion_value is 'What they were worth, less what was paid back; in the platform''s currency.';
comment on column public.email_campaign_analytics.conversion_rate is
    'Orders in percent of delivered; over 100 when recipients order more than once, at most 999.99.';
revoke all on public.email_campaign_analytics from public, anon, authenticated, service_role;
grant select on public.email_campaign_analytics to authenticated, service_role;
