-- requires: functions/require_active_user.sql, functions/metric_changes.sql
-- What a user did with files, and sessions, come from rollups, which keep what cleaning up removes: quarter hours where
-- they are kept, and days before that.

create or replace function ddp.activity_of(p_user_id uuid, p_from timestamptz, p_until timestamptz)
    returns table (metric_name text, amount bigint, last_at timestamptz)
    language sql stable
    set search_path = ''
as $$
    select t.metric_name, sum(t.amount)::bigint, max(t.at)
    from (
        select q.metric_name, q.metric_value as amount, q.quarter as at
        from ddp.quarter_hours q
        where q.owner_user_id = p_user_id
            and q.quarter >= greatest(date_bin('15 minutes', p_from, 'epoch'), ddp.first_quarter()) and q.quarter < p_until
        union all
        select d.metric_name, d.metric_value::bigint, d.date_recorded::timestamp at time zone 'UTC'
        from public.daily_analytics d
        where d.entity_type = 'user' and d.entity_id = p_user_id and d.owner_user_id = p_user_id
            and d.date_recorded >= (p_from at time zone 'UTC')::date
            and d.date_recorded <= (p_until at time zone 'UTC')::date
            and d.date_recorded::timestamp at time zone 'UTC' < least(p_until, ddp.first_quarter())
    ) t
    group by t.metric_name
$$;
comment on function ddp.activity_of(uuid, timestamptz, timestamptz) is
    'A user''s metrics of a period, and when each last had a value: to the quarter hour within 100 days, before that to '
    'the UTC day.';

create or replace function public.get_user_activity_summary(
    p_user_id uuid default null,
    p_from timestamptz default now() - interval '30 days',
    p_until timestamptz default now()
) returns table (
    user_id uuid, sessions bigint, session_seconds bigint, uploads bigint, views bigint, downloads bigint,
    shares bigint, campaigns_created bigint, campaigns_joined bigint, email_campaigns bigint, sms_campaigns bigint,
    social_posts bigint, last_active_at timestamptz
)
    language plpgsql stable security definer
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_caller_id constant uuid := ddp.require_active_user();
    v_user_id constant uuid := coalesce(p_user_id, v_caller_id);
begin
    perform ddp.require(
        v_user_id = v_caller_id
        or ddp.active_user_type() = 'admin' and exists (select from public.users u where u.user_id = v_user_id),
        'PT404', 'There is no such user, or you may not see this user''s activity.', '{"code": "user-not-found"}'
    );
    perform ddp.require(
        p_from < p_until and p_until <= p_from + interval '366 days', 'PT422',
        'A report covers at most 366 days.', '{"code": "invalid-period"}'
    );
    return query
    select
        v_user_id, a.sessions, a.seconds, a.uploads, a.views, a.downloads, a.shares,
        (
            select count(*) from public.campaigns c
            where c.created_by_user_id = v_user_id and c.created_at >= p_from and c.created_at < p_until
        ),
        (
            select count(*) from public.campaign_participants p
            where p.retailer_id = v_user_id and p.participant_state = 'accepted'
                and p.joined_at >= p_from and p.joined_at < p_until
        ),
        (
            select count(*) from public.email_campaigns e
            where e.created_by_user_id = v_user_id and e.created_at >= p_from and e.created_at < p_until
        ),
        (
            select count(*) from public.sms_campaigns m
            where m.created_by_user_id = v_user_id and m.created_at >= p_from and m.created_at < p_until
        ),
        (
            select count(*) from public.social_posts t
            join public.social_accounts o on o.account_id = t.account_id
            where o.user_id = v_user_id and t.created_at >= p_from and t.created_at < p_until
        ),
        greatest(a.last_at, (
            select x.last_action_at from ddp.user_stats x
            where x.user_id = v_user_id and x.last_action_at >= p_from and x.last_action_at < p_until
        ))
    from (
        select
            coalesce(sum(m.amount) filter (where m.metric_name = 'user_sessions'), 0)::bigint as sessions,
            coalesce(sum(m.amount) filter (where m.metric_name = 'user_session_seconds'), 0)::bigint as seconds,
            coalesce(sum(m.amount) filter (where m.metric_name = 'uploads_made'), 0)::bigint as uploads,
            coalesce(sum(m.amount) filter (where m.metric_name = 'views_made'), 0)::bigint as views,
            coalesce(sum(m.amount) filter (where m.metric_name = 'downloads_made'), 0)::bigint as downloads,
            coalesce(sum(m.amount) filter (where m.metric_name = 'shares_made'), 0)::bigint as shares,
            max(m.last_at) filter (
                where m.metric_name in ('user_sessions', 'user_ended_sessions', 'actions')
            ) as last_at
        from ddp.activity_of(v_user_id, p_from, p_until) m
    ) a;
end
$$;
comment on function public.get_user_activity_summary(uuid, timestamptz, timestamptz) is
    'One row: what a user did from p_from until before p_until (by default the last 30 days): sessions and the seconds '
    'of those that ended, file actions, campaigns and messages made, posts written, and when the user was last active. '
    'Sessions and actions are as of the last refresh: to the quarter hour within 100 days, before that to the UTC day. '
    'Users get their own, administrators anybody''s; else PT404.';
revoke all on function
    ddp.activity_of(uuid, timestamptz, timestamptz),
    public.get_user_activity_summary(uuid, timestamptz, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function public.get_user_activity_summary(uuid, timestamptz, timestamptz) to authenticated;
