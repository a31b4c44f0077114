-- transaction: none
create unique index concurrently if not exists social_accounts_external_key
    on public.social_accounts (user_id, platform, external_account_id);
