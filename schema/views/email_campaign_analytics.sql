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
    coalesce(round(100.0 * least(s.bounced, s.sent) / nullif(s.sent, 0), 2), 0) as bounce_rate
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
revoke all on public.email_campaign_analytics from public, anon, authenticated, service_role;
grant select on public.email_campaign_analytics to authenticated, service_role;
