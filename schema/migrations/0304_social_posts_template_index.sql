-- transaction: none

create index concurrently if not exists social_posts_template_id_idx
    on public.social_posts (template_id);
