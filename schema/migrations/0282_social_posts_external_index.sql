-- transaction: none
-- Events name the platform's id of a post.
create index concurrently if not exists social_posts_external_idx on public.social_posts (external_post_id) where external_post_id is not null;
