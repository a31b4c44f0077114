-- transaction: none
create index concurrently if not exists social_post_parts_unconfirmed_idx on public.social_post_parts (post_id)
    where status = 'unconfirmed';
