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

-- name: kept
-- The tokens of an account, for whoever works for it.
select a.access_token_encrypted, t.refresh_token_encrypted
from public.social_accounts a
left join ddp.social_tokens t on t.account_id = a.account_id
where a.account_id = %(account_id)s;
