-- requires: policies/analytics_tables.sql
-- Joins `campaigns`: its creator and participants see the sums over all senders, and no recipients.

create or replace view public.campaign_analytics with (security_invoker = true) as
select
    c.campaign_id,
    c.campaign_name,
    c.campaign_status,
    c.created_by_user_id,
    c.start_date,
    c.end_date,
    c.budget_allocated,
    c.budget_spent,
    coalesce(round(100 * c.budget_spent / nullif(c.budget_allocated, 0), 2), 0) as budget_utilization,
    coalesce(s.participant_count, 0) as participant_count,
    coalesce(s.emails_sent, 0) as emails_sent,
    coalesce(s.emails_delivered, 0) as emails_delivered,
    coalesce(s.emails_opened, 0) as emails_opened,
    coalesce(s.emails_clicked, 0) as emails_clicked,
    coalesce(s.sms_sent, 0) as sms_sent,
    coalesce(s.sms_delivered, 0) as sms_delivered,
    coalesce(s.post_count, 0) as post_count,
    coalesce(s.post_engagement, 0) as post_engagement,
    coalesce(round(100.0 * least(s.emails_delivered, s.emails_sent) / nullif(s.emails_sent, 0), 2), 0) as email_delivery_rate,
    coalesce(round(100.0 * least(s.emails_opened, s.emails_delivered) / nullif(s.emails_delivered, 0), 2), 0) as email_open_rate,
    coalesce(round(100.0 * least(s.emails_clicked, s.emails_delivered) / nullif(s.emails_delivered, 0), 2), 0) as email_click_rate,
    coalesce(round(100.0 * least(s.sms_delivered, s.sms_sent) / nullif(s.sms_sent, 0), 2), 0) as sms_delivery_rate,
    coalesce(s.performance, 0) as performance,
    c.created_at,
    coalesce(s.conversions, 0) as conversion_count,
    round(coalesce(s.conversion_cents, 0) / 100.0, 2) as conversion_value,
    case when s.emails_delivered > 0 then round(least(100.0 * s.email_conversions / s.emails_delivered, 999.99), 2) else 0 end
        as email_conversion_rate,
    round(
        100 * (coalesce(s.conversion_cents, 0) / 100.0 - (c.budget_spent - c.budget_reimbursed))
        / nullif(greatest(c.budget_spent - c.budget_reimbursed, 0), 0), 1
    ) as roi_percentage,
    s.owner_user_id as counted_owner_id,
    s.performance as counted_performance
from public.campaigns c
left join ddp.campaign_stats s on s.campaign_id = c.campaign_id;
comment on view public.campaign_analytics is
    'Campaign performance: budget, participants, e-mail, SMS and posts of each campaign that the caller sees.';
comment on column public.campaign_analytics.campaign_id is 'The campaign.';
comment on column public.campaign_analytics.campaign_name is 'Its name.';
comment on column public.campaign_analytics.campaign_status is 'Its state.';
comment on column public.campaign_analytics.created_by_user_id is 'The brand.';
comment on column public.campaign_analytics.start_date is 'When it starts.';
comment on column public.campaign_analytics.end_date is 'When it ends.';
comment on column public.campaign_analytics.budget_allocated is 'Allocated budget.';
comment on column public.campaign_analytics.budget_spent is 'Spent budget.';
comment on column public.campaign_analytics.budget_utilization is 'Spent in percent of allocated; over 100 when overspent.';
comment on column public.campaign_analytics.participant_count is 'Retailers that take part.';
comment on column public.campaign_analytics.emails_sent is 'E-mails sent.';
comment on column public.campaign_analytics.emails_delivered is 'E-mails delivered.';
comment on column public.campaign_analytics.emails_opened is 'E-mails opened.';
comment on column public.campaign_analytics.emails_clicked is 'E-mails with a click.';
comment on column public.campaign_analytics.sms_sent is 'SMS sent.';
comment on column public.campaign_analytics.sms_delivered is 'SMS delivered.';
comment on column public.campaign_analytics.post_count is 'Published posts.';
comment on column public.campaign_analytics.post_engagement is 'Likes, reactions, comments, shares, saves and clicks of the posts.';
comment on column public.campaign_analytics.email_delivery_rate is 'Delivered in percent of sent.';
comment on column public.campaign_analytics.email_open_rate is 'Opened in percent of delivered.';
comment on column public.campaign_analytics.email_click_rate is 'Clicked in percent of delivered.';
comment on column public.campaign_analytics.sms_delivery_rate is 'SMS delivered in percent of sent.';
comment on column public.campaign_analytics.performance is 'Clicks in e-mails, and engagement with posts.';
comment on column public.campaign_analytics.created_at is 'When it was made.';
comment on column public.campaign_analytics.conversion_count is 'Orders that the campaign led to.';
comment on column public.campaign_analytics.conversion_value is 'What they were worth, less what was paid back; in the platform''s currency.';
comment on column public.campaign_analytics.email_conversion_rate is
    'Orders credited to e-mails in percent of delivered e-mails; over 100 when recipients order more than once, at most 999.99.';
comment on column public.campaign_analytics.roi_percentage is
    '100 × (value of the orders − cost) ÷ cost; null without cost. The cost is the spent budget, less what pays retailers back costs that '
    'are in it already.';
comment on column public.campaign_analytics.counted_owner_id is
    'The brand; null before the first statistics. To order by them: `where counted_owner_id = … order by counted_performance desc`.';
comment on column public.campaign_analytics.counted_performance is 'performance; null before the first statistics.';
revoke all on public.campaign_analytics from public, anon, authenticated, service_role;
grant select on public.campaign_analytics to authenticated, service_role;
