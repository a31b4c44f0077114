-- transaction: none
-- A calendar shows posts by the time at which they go or went out; drafts without one by when they were made.
create index concurrently if not exists social_posts_calendar_idx
    on public.social_posts (created_by_user_id, (coalesce(scheduled_at, published_at, created_at)), post_id);
