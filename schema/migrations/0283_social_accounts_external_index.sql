-- transaction: none
-- Events name the platform's id of an account.
create index concurrently if not exists social_accounts_platform_idx on public.social_accounts (platform, external_account_id);
