comment on column public.social_posts.error_code is 'Why it failed, was missed, is unconfirmed, or waits.';
