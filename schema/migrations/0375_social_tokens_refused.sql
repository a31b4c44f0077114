-- A platform may refuse a token, renew it, and refuse the new one: then renewing does not help.

alter table ddp.social_tokens add column refused_at timestamptz;
comment on column ddp.social_tokens.refused_at is
    'When a call last found that the platform refuses the access token, so that it was renewed before its time.';
