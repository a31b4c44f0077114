-- transaction: none
-- The erasure of a user forgets what people wrote on the user's accounts.
create index concurrently if not exists social_events_account_idx on ddp.social_events (platform, external_account_id)
    where raw is not null;
