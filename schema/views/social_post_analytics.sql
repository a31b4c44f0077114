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
    coalesce(s.like_count + s.comment_count + s.share_count + s.reaction_count + s.other_count, 0) as total_engagement,
    s.last_recorded_at,
    p.created_at,
    p.created_by_user_id,
    p.campaign_owner_id
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
comment on column public.social_post_analytics.reaction_count is 'Reactions.';
comment on column public.social_post_analytics.total_engagement is 'All kinds together, others included.';
comment on column public.social_post_analytics.last_recorded_at is 'The newest measurement.';
comment on column public.social_post_analytics.created_at is 'When it was made.';
comment on column public.social_post_analytics.created_by_user_id is 'Whose account it is posted through.';
comment on column public.social_post_analytics.campaign_owner_id is 'The creator of the campaign, if any.';
revoke all on public.social_post_analytics from public, anon, authenticated, service_role;
grant select on public.social_post_analytics to authenticated, service_role;
