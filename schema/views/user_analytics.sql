-- requires: policies/analytics_tables.sql
-- Joins `users`: users see their own numbers, administrators all.

create or replace view public.user_analytics with (security_invoker = true) as
select
    u.user_id,
    u.user_name,
    u.user_type,
    u.is_active,
    u.last_login_at,
    coalesce(s.session_count, 0) as session_count,
    coalesce(s.session_seconds, 0) as total_session_seconds,
    coalesce(round(s.session_seconds::numeric / nullif(s.ended_session_count, 0), 1), 0) as average_session_seconds,
    coalesce(s.view_count, 0) as view_count,
    coalesce(s.download_count, 0) as download_count,
    coalesce(s.share_count, 0) as share_count,
    coalesce(s.upload_count, 0) as upload_count,
    s.last_action_at,
    u.created_at
from public.users u
left join ddp.user_stats s on s.user_id = u.user_id;
comment on view public.user_analytics is
    'User activity: sessions, and what each user did with files.';
comment on column public.user_analytics.user_id is 'The user.';
comment on column public.user_analytics.user_name is 'Display name.';
comment on column public.user_analytics.user_type is 'brand, retailer or admin.';
comment on column public.user_analytics.is_active is 'Whether the account may be used.';
comment on column public.user_analytics.last_login_at is 'Last login.';
comment on column public.user_analytics.session_count is 'Sessions ever started.';
comment on column public.user_analytics.total_session_seconds is 'Seconds of all ended sessions.';
comment on column public.user_analytics.average_session_seconds is 'Seconds of an ended session on average; 0 without any.';
comment on column public.user_analytics.view_count is 'Files viewed.';
comment on column public.user_analytics.download_count is 'Files downloaded.';
comment on column public.user_analytics.share_count is 'Files shared.';
comment on column public.user_analytics.upload_count is 'Files uploaded.';
comment on column public.user_analytics.last_action_at is 'The last time that the user did something with a file.';
comment on column public.user_analytics.created_at is 'When the account was made.';
revoke all on public.user_analytics from public, anon, authenticated, service_role;
grant select on public.user_analytics to authenticated, service_role;
