-- Who granted the access: Meta's callbacks name this person, and not the accounts.
alter table ddp.social_tokens add column external_user_hash bytea;
comment on column ddp.social_tokens.external_user_hash is
    'SHA-256 of the id that the platform has for the application of the person who granted this; null: its callbacks name the account.';
