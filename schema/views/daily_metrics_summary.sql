-- requires: functions/top_lists.sql, policies/daily_analytics.sql
-- From daily_analytics: the platform's totals for administrators, the caller's own for everyone else.

create or replace view public.daily_metrics_summary with (security_invoker = true) as
select
    d.date_recorded,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_views'), 0)::bigint as file_views,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_downloads'), 0)::bigint as file_downloads,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_shares'), 0)::bigint as file_shares,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_uploads'), 0)::bigint as file_uploads,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_sent'), 0)::bigint as emails_sent,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_delivered'), 0)::bigint as emails_delivered,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_opened'), 0)::bigint as emails_opened,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_clicked'), 0)::bigint as emails_clicked,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_sent'), 0)::bigint as sms_sent,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_delivered'), 0)::bigint as sms_delivered,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'social_post_published'), 0)::bigint as posts_published,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'user_sessions'), 0)::bigint as sessions_started,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'user_session_seconds'), 0)::bigint as session_seconds,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'active_users'), 0)::bigint as active_users,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_bounced'), 0)::bigint as emails_bounced,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_failed'), 0)::bigint as emails_failed,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_complained'), 0)::bigint as emails_complained,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_unsubscribed'), 0)::bigint as emails_unsubscribed,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_machine_opened'), 0)::bigint
        as emails_machine_opened,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_clicked'), 0)::bigint as sms_clicked,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_failed'), 0)::bigint as sms_failed,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_unsubscribed'), 0)::bigint as sms_unsubscribed,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_parts'), 0)::bigint as sms_parts,
    round(coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_cost_micros'), 0) / 1000000.0, 5) as sms_cost
from public.daily_analytics d
where d.entity_type = case when (select ddp.sees_platform()) then 'platform' else 'user' end
    and (d.entity_id is null or d.entity_id = (select ddp.active_user_id()))  -- the platform has no id
group by d.date_recorded;
comment on view public.daily_metrics_summary is
    'One row per UTC day: actions with the caller''s files, and the caller''s sends, posts and sessions; for '
    'administrators, everyone''s.';
comment on column public.daily_metrics_summary.date_recorded is 'UTC day.';
comment on column public.daily_metrics_summary.file_views is 'Views of the files.';
comment on column public.daily_metrics_summary.file_downloads is 'Downloads.';
comment on column public.daily_metrics_summary.file_shares is 'Shares.';
comment on column public.daily_metrics_summary.file_uploads is 'Uploads.';
comment on column public.daily_metrics_summary.emails_sent is 'E-mails sent.';
comment on column public.daily_metrics_summary.emails_delivered is 'E-mails delivered.';
comment on column public.daily_metrics_summary.emails_opened is 'E-mails opened.';
comment on column public.daily_metrics_summary.emails_clicked is 'E-mails with a click.';
comment on column public.daily_metrics_summary.sms_sent is 'SMS sent.';
comment on column public.daily_metrics_summary.sms_delivered is 'SMS delivered.';
comment on column public.daily_metrics_summary.posts_published is 'Posts published.';
comment on column public.daily_metrics_summary.sessions_started is 'Sessions started.';
comment on column public.daily_metrics_summary.session_seconds is 'Seconds of the sessions that ended.';
comment on column public.daily_metrics_summary.active_users is
    'Users who did something with the caller''s files; for administrators, with any file.';
comment on column public.daily_metrics_summary.emails_bounced is 'E-mails bounced.';
comment on column public.daily_metrics_summary.emails_failed is 'E-mails not sent, because the provider or the ledger refused them.';
comment on column public.daily_metrics_summary.emails_complained is 'E-mails reported as spam.';
comment on column public.daily_metrics_summary.emails_unsubscribed is 'Recipients who unsubscribed.';
comment on column public.daily_metrics_summary.emails_machine_opened is 'E-mails opened by a mail scanner or proxy.';
comment on column public.daily_metrics_summary.sms_clicked is 'SMS with a click.';
comment on column public.daily_metrics_summary.sms_failed is 'SMS not delivered, or not sent.';
comment on column public.daily_metrics_summary.sms_unsubscribed is 'Recipients of SMS who wanted no more.';
comment on column public.daily_metrics_summary.sms_parts is 'Parts of the SMS that the provider accepted.';
comment on column public.daily_metrics_summary.sms_cost is 'What SMS cost, in US dollars.';
revoke all on public.daily_metrics_summary from public, anon, authenticated, service_role;
grant select on public.daily_metrics_summary to authenticated, service_role;
