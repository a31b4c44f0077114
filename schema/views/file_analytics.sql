-- requires: policies/analytics_tables.sql
-- Joins `files`: users who see a file see its numbers.

create or replace view public.file_analytics with (security_invoker = true) as
select
    f.file_id,
    f.file_name,
    f.file_type,
    f.file_size,
    f.created_by_user_id,
    f.created_at,
    f.deleted_at,
    coalesce(s.view_count, 0) as view_count,
    coalesce(s.download_count, 0) as download_count,
    coalesce(s.share_count, 0) as share_count,
    coalesce(s.unique_users_count, 0) as unique_users_count,
    coalesce(round(100.0 * least(s.download_count, s.view_count) / nullif(s.view_count, 0), 2), 0) as download_rate,
    s.last_action_at,
    f.is_public,
    f.is_brand_asset,
    s.owner_user_id as counted_owner_id,
    s.view_count as counted_views,
    s.download_count as counted_downloads
from public.files f
left join ddp.file_stats s on s.file_id = f.file_id;
comment on view public.file_analytics is
    'File engagement: views, downloads and shares of each file that the caller sees.';
comment on column public.file_analytics.file_id is 'The file.';
comment on column public.file_analytics.file_name is 'Its name.';
comment on column public.file_analytics.file_type is 'Its type.';
comment on column public.file_analytics.file_size is 'Bytes.';
comment on column public.file_analytics.created_by_user_id is 'Its owner.';
comment on column public.file_analytics.created_at is 'When it was uploaded.';
comment on column public.file_analytics.deleted_at is 'When it went to the trash.';
comment on column public.file_analytics.view_count is 'Times viewed.';
comment on column public.file_analytics.download_count is 'Times downloaded.';
comment on column public.file_analytics.share_count is 'Times shared or published.';
comment on column public.file_analytics.unique_users_count is 'Signed-in users who did anything with it.';
comment on column public.file_analytics.download_rate is 'Downloads in percent of views, at most 100; 0 without views.';
comment on column public.file_analytics.last_action_at is 'The last time that somebody did something with it.';
comment on column public.file_analytics.is_public is 'Whether everyone signed in sees it, through a public collection.';
comment on column public.file_analytics.is_brand_asset is 'Whether retailers see it, as a brand asset.';
comment on column public.file_analytics.counted_owner_id is
    'The owner; null before the first statistics. To order by them: `where counted_owner_id = … order by counted_views desc`.';
comment on column public.file_analytics.counted_views is 'view_count; null before the first statistics.';
comment on column public.file_analytics.counted_downloads is 'download_count; null before the first statistics.';
revoke all on public.file_analytics from public, anon, authenticated, service_role;
grant select on public.file_analytics to authenticated, service_role;
