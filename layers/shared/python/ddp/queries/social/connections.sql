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

-- name: get
-- An own connection that is not over, locked.
select * from ddp.social_connection(%(connection_id)s);
