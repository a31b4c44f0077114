-- transaction: none
-- A person who takes access back is looked for among those who granted it.
create index concurrently if not exists social_tokens_person_idx on ddp.social_tokens (external_user_hash)
    where external_user_hash is not null;
