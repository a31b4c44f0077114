-- transaction: none

create index concurrently if not exists social_posts_account_idx
    on public.social_posts (account_id, created_at desc);
