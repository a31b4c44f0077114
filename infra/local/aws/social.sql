-- name: has_accounts
-- Whether the schema is there: the stack that applies it comes before the one of social publishing, but not in tests of parts.
select to_regclass('ddp.social_tokens') is not null as found;

-- name: accounts
-- Accounts that posts go out to, and those that a worker lost because the key was gone.
select
    a.account_id, a.user_id, a.platform::text, a.external_account_id, a.account_kind, a.account_handle, a.account_name, a.scopes
from public.social_accounts a
where a.external_account_id is not null and a.account_kind is not null
    and (a.status = 'active' or a.status = 'reconnect' and a.status_reason = %(lost)s)
order by a.account_id;
