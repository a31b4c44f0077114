-- requires: policies/analytics_tables.sql, policies/devices.sql, functions/session_seconds.sql
-- Joins `sessions`: users see their own, administrators all.

create or replace view public.session_analytics with (security_invoker = true) as
select
    e.session_id,
    e.user_id,
    e.started_at,
    e.ended_at,
    ddp.session_seconds(e.started_at, e.ended_at) as duration_seconds,
    coalesce(s.action_count, 0) as action_count,
    coalesce(s.view_count, 0) as view_count,
    coalesce(s.download_count, 0) as download_count,
    coalesce(round(60.0 * s.action_count / nullif(ddp.session_seconds(e.started_at, e.ended_at), 0), 2), 0) as actions_per_minute,
    s.last_action_at,
    d.device_type,
    e.country_code
from public.sessions e
left join public.devices d on d.device_id = e.device_id
left join ddp.session_stats s on s.session_id = e.session_id;
comment on view public.session_analytics is
    'How long sessions lasted and what was done in them.';
comment on column public.session_analytics.session_id is 'The session.';
comment on column public.session_analytics.user_id is 'Whose it is.';
comment on column public.session_analytics.started_at is 'Start.';
comment on column public.session_analytics.ended_at is 'End; null while it is open.';
comment on column public.session_analytics.duration_seconds is 'Seconds from start to end; null while it is open.';
comment on column public.session_analytics.action_count is 'Everything done with files.';
comment on column public.session_analytics.view_count is 'Files viewed.';
comment on column public.session_analytics.download_count is 'Files downloaded.';
comment on column public.session_analytics.actions_per_minute is 'Over the whole session; 0 while it is open.';
comment on column public.session_analytics.last_action_at is 'The last action in it.';
comment on column public.session_analytics.device_type is 'mobile, tablet or desktop, as the user agent says; null where nothing read it.';
comment on column public.session_analytics.country_code is 'Where it came from: two letters; null where that is not certain.';
revoke all on public.session_analytics from public, anon, authenticated, service_role;
grant select on public.session_analytics to authenticated, service_role;
