-- name: known
-- The ids of accounts that were connected before.
select * from ddp.social_account_ids(%(user_id)s, %(platform)s::public.social_platform, %(external_ids)s::text[]);

-- name: connect
-- Connects accounts, or connects them again.
select account_id, platform, account_handle, account_name, status
from ddp.connect_social_accounts(%(user_id)s, %(platform)s::public.social_platform, %(accounts)s::jsonb);

-- name: credentials
-- The tokens of an own account, as ciphertext.
select * from ddp.social_credentials(%(account_id)s);

-- name: disconnect
-- Forgets an account's tokens.
select account_id, status from public.disconnect_social_account(%(account_id)s, %(posts)s);

-- name: set_slots
-- Replaces the times of the week at which an account likes to post.
select weekday, local_time from public.set_social_slots(%(account_id)s, %(slots)s::jsonb, %(time_zone)s)
order by weekday, local_time;

-- name: next_slot
-- The next of them that is free.
select * from public.next_social_slot(%(account_id)s, %(after)s);

-- name: set_budget
-- What an account's posts may cost in a month.
select public.set_social_budget(%(user_id)s, %(monthly_budget)s);

-- name: budget
-- What they may cost this month, and what of it is used.
select * from public.social_budget(%(user_id)s);
