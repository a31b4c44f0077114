-- requires: policies/analytics_tables.sql
-- Joins `collections`, whose policy decides. The sums are over all its live files.

create or replace view public.collection_analytics with (security_invoker = true) as
select
    c.collection_id,
    c.collection_name,
    c.created_by_user_id,
    c.is_public,
    coalesce(s.file_count, 0) as file_count,
    coalesce(s.total_size, 0) as total_size,
    coalesce(s.view_count, 0) as view_count,
    coalesce(s.download_count, 0) as download_count,
    coalesce(s.share_count, 0) as share_count,
    coalesce(round(s.view_count::numeric / nullif(s.file_count, 0), 2), 0) as views_per_file,
    s.last_action_at,
    c.created_at
from public.collections c
left join ddp.collection_stats s on s.collection_id = c.collection_id;
comment on view public.collection_analytics is
    'Engagement with the files of each collection that the caller sees.';
comment on column public.collection_analytics.collection_id is 'The collection.';
comment on column public.collection_analytics.collection_name is 'Its name.';
comment on column public.collection_analytics.created_by_user_id is 'Its creator.';
comment on column public.collection_analytics.is_public is 'Whether everyone signed in sees it.';
comment on column public.collection_analytics.file_count is 'Live files in it.';
comment on column public.collection_analytics.total_size is 'Their bytes.';
comment on column public.collection_analytics.view_count is 'Their views.';
comment on column public.collection_analytics.download_count is 'Their downloads.';
comment on column public.collection_analytics.share_count is 'Their shares.';
comment on column public.collection_analytics.views_per_file is 'Views of a file on average.';
comment on column public.collection_analytics.last_action_at is 'The last action with one of them.';
comment on column public.collection_analytics.created_at is 'When it was made.';
revoke all on public.collection_analytics from public, anon, authenticated, service_role;
grant select on public.collection_analytics to authenticated, service_role;
