-- name: open
-- Opens a connection, and returns until when its state is taken.
select ddp.open_social_connection(
    %(user_id)s, %(platform)s::public.social_platform, %(state_hash)s, %(verifier_encrypted)s, %(return_url)s,
    %(connection_id)s, %(account_id)s
);

-- name: use
-- Takes the state that a platform handed back, once.
select * from ddp.use_social_connection(%(state_hash)s, %(platform)s::public.social_platform);

-- name: settle
-- What the exchange of the code brought.
select ddp.settle_social_connection(
    %(connection_id)s, %(tokens_encrypted)s, %(granted_scopes)s::text[], %(choices)s::jsonb, %(error_code)s, %(error_reason)s
);

-- name: of_state
-- The connection of a state that was used before, came too late, or came back from another platform.
select
    connection_id, platform, account_id, return_url, expires_at, used_at, tokens_encrypted, granted_scopes, choices,
    error_code, error_reason
from ddp.social_connections where state_hash = %(state_hash)s;

-- name: refuse
-- Uses up a state, and says why.
update ddp.social_connections
set used_at = clock_timestamp(), verifier_encrypted = null, error_code = %(error_code)s, error_reason = %(error_reason)s
where state_hash = %(state_hash)s and used_at is null and expires_at > clock_timestamp();

-- name: get
-- An own connection, locked.
select * from ddp.social_connection(%(connection_id)s);

-- name: end_connection
-- Accounts were connected: which ones, and no more secrets.
select ddp.end_social_connection(%(connection_id)s, %(choices)s::jsonb);
