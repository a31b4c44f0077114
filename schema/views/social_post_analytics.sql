-- requires: policies/analytics_tables.sql
-- Joins `social_posts`, whose policy decides.

create or replace view public.social_post_analytics with (security_invoker = true) as
select
    p.post_id,
    p.account_id,
    p.campaign_id,
    p.post_type,
    p.published_at,
    coalesce(s.like_count, 0) as like_count,
    coalesce(s.comment_count, 0) as comment_count,
    coalesce(s.share_count, 0) as share_count,
    coalesce(s.reaction_count, 0) as reaction_count,
    coalesce(
        s.like_count + s.reaction_count + s.comment_count + s.share_count + s.save_count + s.click_count, 0
    ) as total_engagement,
    s.last_recorded_at,
    p.created_at,
    p.created_by_user_id,
    p.campaign_owner_id,
    coalesce(s.save_count, 0) as save_count,
    coalesce(s.click_count, 0) as click_count,
    coalesce(s.view_count, 0) as view_count,
    coalesce(s.reach_count, 0) as reach_count,
    coalesce(s.follow_count, 0) as follow_count,
    coalesce(s.watch_seconds, 0) as watch_seconds,
    p.deleted_on_platform_at
from public.social_posts p
left join ddp.social_post_stats s on s.post_id = p.post_id;
comment on view public.social_post_analytics is
    'Engagement with each post: the newest measurement of each kind.';
comment on column public.social_post_analytics.post_id is 'The post.';
comment on column public.social_post_analytics.account_id is 'The social account.';
comment on column public.social_post_analytics.campaign_id is 'The campaign, if any.';
comment on column public.social_post_analytics.post_type is 'Text, image, video, …';
comment on column public.social_post_analytics.published_at is 'When it was published.';
comment on column public.social_post_analytics.like_count is 'Likes.';
comment on column public.social_post_analytics.comment_count is 'Comments.';
comment on column public.social_post_analytics.share_count is 'Shares.';
comment on column public.social_post_analytics.reaction_count is 'Reactions other than likes.';
comment on column public.social_post_analytics.save_count is 'How often it was saved.';
comment on column public.social_post_analytics.click_count is 'Clicks on it.';
comment on column public.social_post_analytics.view_count is 'Views.';
comment on column public.social_post_analytics.reach_count is 'People who saw it.';
comment on column public.social_post_analytics.follow_count is 'People who followed the account from it.';
comment on column public.social_post_analytics.watch_seconds is 'Seconds that it was watched.';
comment on column public.social_post_analytics.deleted_on_platform_at is 'When it was noticed that it is no longer on the platform.';
comment on column public.social_post_analytics.total_engagement is 'Likes, reactions, comments, shares, saves and clicks. Views and reach are no engagement.';
comment on column public.social_post_analytics.last_recorded_at is 'The newest measurement.';
comment on column public.social_post_analytics.created_at is 'When it was made.';
comment on column public.social_post_analytics.created_by_user_id is 'Whose account it is posted through.';
comment on column public.social_post_analytics.campaign_owner_id is 'The creator of the campaign, if any.';
revoke all on public.social_post_analytics from public, anon, authenticated, service_role;
grant select on public.social_post_analytics to authenticated, service_role;
