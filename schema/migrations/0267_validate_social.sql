-- statement_timeout: 1h
-- Checks what was written before 0260, without keeping writers out. People rename handles: the platform's own id says which
-- account it is.

alter table public.social_accounts validate constraint social_accounts_scopes_size;
alter table public.social_posts
    validate constraint social_posts_options_size,
    validate constraint social_posts_problems_size,
    validate constraint social_posts_permalink_size,
    validate constraint social_posts_published,
    validate constraint social_posts_scheduled;
alter table ddp.budgets validate constraint budgets_scope_known;
-- squawk-ignore ban-drop-constraint
alter table public.social_accounts drop constraint social_accounts_user_id_platform_account_handle_key;
