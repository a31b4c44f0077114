-- transaction: none
create index concurrently if not exists social_posts_group_idx on public.social_posts (group_id) where group_id is not null;
