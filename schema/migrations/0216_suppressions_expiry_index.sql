-- transaction: none
-- What the hourly cleanup removes. Most suppressions never expire.
create index concurrently if not exists suppressions_expiry_idx on public.suppressions (expires_at) where expires_at is not null;
