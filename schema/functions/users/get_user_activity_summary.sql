-- requires: functions/require_active_user.sql

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
        v_user_id, s.sessions, s.seconds, a.uploads, a.views, a.downloads, a.shares,
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
        greatest(s.last_at, a.last_at)
    from (
        select
            count(*) as sessions,
            coalesce(sum(extract(epoch from n.ended_at - n.started_at)), 0)::bigint as seconds,
            max(coalesce(n.ended_at, n.started_at)) as last_at
        from public.sessions n
        where n.user_id = v_user_id and n.started_at >= p_from and n.started_at < p_until
    ) s
    cross join (
        select
            count(*) filter (where f.action_type = 'UPLOAD') as uploads,
            count(*) filter (where f.action_type = 'VIEW') as views,
            count(*) filter (where f.action_type = 'DOWNLOAD') as downloads,
            count(*) filter (where f.action_type = 'SHARE') as shares,
            max(f.action_timestamp) as last_at
        from public.file_actions f
        where f.user_id = v_user_id and f.action_timestamp >= p_from and f.action_timestamp < p_until
    ) a;
end
$$;
comment on function public.get_user_activity_summary(uuid, timestamptz, timestamptz) is
    'One row: what a user did from p_from until before p_until (by default the last 30 days): sessions and the seconds '
    'of those that ended, file actions, campaigns and messages made, posts written, and when the user was last active. '
    'Users get their own, administrators anybody''s; else PT404.';
revoke all on function public.get_user_activity_summary(uuid, timestamptz, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function public.get_user_activity_summary(uuid, timestamptz, timestamptz) to authenticated;
