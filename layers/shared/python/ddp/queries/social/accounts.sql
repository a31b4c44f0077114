-- part: columns
account_id, user_id, platform, external_account_id, account_kind, account_handle, account_name, status, status_reason,
scopes, token_expires_at, reconnect_by, time_zone, created_at, updated_at

-- name: list_own
-- A page of the caller's accounts, the newest first.
select {columns} from public.social_accounts
where user_id = (select ddp.active_user_id())
    and (%(platform)s::public.social_platform is null or platform = %(platform)s)
    and (%(status)s::public.social_account_status is null or status = %(status)s)
    and (%(at)s::timestamptz is null or (created_at, account_id) < (%(at)s, %(id)s))
order by created_at desc, account_id desc
limit %(limit)s;

-- name: list_all
-- A page of all accounts, the newest first; for administrators.
select {columns} from public.social_accounts
where (%(platform)s::public.social_platform is null or platform = %(platform)s)
    and (%(status)s::public.social_account_status is null or status = %(status)s)
    and (%(at)s::timestamptz is null or (created_at, account_id) < (%(at)s, %(id)s))
order by created_at desc, account_id desc
limit %(limit)s;

-- name: is_admin
-- Whether the caller sees the accounts of all.
select ddp.active_admin_id() is not null;

-- name: get
-- One account that the caller may see, and whether the caller may use its tokens.
select {columns}, (select ddp.active_editor_id()) is not null as may_ask
from public.social_accounts where account_id = %(account_id)s;

-- name: handle
-- How an account is called that is connected again; for workers.
select account_handle from public.social_accounts where account_id = %(account_id)s;

-- name: these
-- Accounts that the caller may see, by their ids.
select {columns} from public.social_accounts where account_id = any(%(account_ids)s::uuid[])
order by external_account_id;

-- name: change
-- Changes name and time zone.
select ddp.change_social_account(%(account_id)s, %(change)s::jsonb);

-- name: slots
-- An account's time zone and slots; without slots one row of nulls.
select a.time_zone, s.weekday, s.local_time
from public.social_accounts a
left join public.social_slots s on s.account_id = a.account_id
where a.account_id = %(account_id)s
order by s.weekday, s.local_time;

-- name: is_shared
-- Whether another tenant has the same account of the platform connected.
select ddp.social_grant_is_shared(%(account_id)s);

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
select b.*, greatest(coalesce(b.monthly_budget, 0) - b.reserved - b.charged, 0) as left
from public.social_budget(%(user_id)s, %(scope)s) b;
