-- transaction: none
-- Reconciliation looks for posts that have lost their next step. No index knows a post's status: its changes stay on the
-- row's own page.
create index concurrently if not exists social_posts_scheduled_idx on public.social_posts (scheduled_at)
    where scheduled_at is not null;
