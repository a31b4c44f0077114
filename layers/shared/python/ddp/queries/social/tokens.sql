-- name: claim
-- Claims accounts whose tokens should be renewed.
select * from ddp.claim_social_refreshes(%(limit)s, %(worker)s, %(lease)s, %(account_ids)s::uuid[]);

-- name: start
-- Commits that the one call which renews starts.
select ddp.start_social_refresh(%(account_id)s, %(worker)s);

-- name: store
-- Stores the new pair, before it is used.
select ddp.store_social_tokens(
    %(account_id)s, %(started_at)s, %(access)s, %(access_expires_at)s, %(refresh)s, %(refresh_expires_at)s
);

-- name: put_off
-- The platform did not renew the tokens, and may do so later.
select ddp.put_off_social_refresh(%(account_id)s, %(worker)s, %(later)s);

-- name: expired
-- The platform no longer takes the account's token.
select ddp.social_credentials_expired(%(account_id)s, %(reason)s);

-- name: refused
-- The platform refused an access token: whether to renew it.
select ddp.social_token_refused(%(account_id)s, %(access)s, %(helps)s, %(reason)s);
