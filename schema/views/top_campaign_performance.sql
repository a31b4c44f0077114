-- requires: policies/analytics_tables.sql
-- A campaign's performance is a column of one row, so the list is read from an index; ties go to the higher id.

create or replace view public.top_campaign_performance with (security_invoker = true) as
select
    row_number() over (order by s.performance desc, s.campaign_id desc) as position,
    c.campaign_id,
    c.campaign_name,
    c.campaign_status,
    c.created_by_user_id as brand_id,
    s.performance,
    s.emails_delivered + s.sms_delivered as delivered_count,
    coalesce(round(100.0 * least(s.emails_opened, s.emails_delivered) / nullif(s.emails_delivered, 0), 2), 0) as email_open_rate,
    coalesce(round(100.0 * least(s.emails_clicked, s.emails_delivered) / nullif(s.emails_delivered, 0), 2), 0) as email_click_rate,
    s.post_engagement
from ddp.campaign_stats s
join public.campaigns c on c.campaign_id = s.campaign_id
where s.performance > 0
order by s.performance desc, s.campaign_id desc
limit 10;
comment on view public.top_campaign_performance is
    'The ten campaigns with the most clicks and engagement, of those that the caller sees.';
comment on column public.top_campaign_performance.position is '1 performed best.';
comment on column public.top_campaign_performance.campaign_id is 'The campaign.';
comment on column public.top_campaign_performance.campaign_name is 'Its name.';
comment on column public.top_campaign_performance.campaign_status is 'Its state.';
comment on column public.top_campaign_performance.brand_id is 'The brand.';
comment on column public.top_campaign_performance.performance is 'Clicks in e-mails, and engagement with posts.';
comment on column public.top_campaign_performance.delivered_count is 'E-mails and SMS delivered.';
comment on column public.top_campaign_performance.email_open_rate is 'Opened in percent of delivered.';
comment on column public.top_campaign_performance.email_click_rate is 'Clicked in percent of delivered.';
comment on column public.top_campaign_performance.post_engagement is 'Engagement with its posts.';
revoke all on public.top_campaign_performance from public, anon, authenticated, service_role;
grant select on public.top_campaign_performance to authenticated, service_role;
