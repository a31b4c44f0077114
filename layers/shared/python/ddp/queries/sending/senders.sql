-- Row level security shows users themselves as senders, and administrators all senders.

-- name: list_senders
-- A page of the senders that the caller may see; the latest pause first, and last those that are not paused.
select
    coalesce(paused_at, 'epoch') as at, user_id, paused_at, pause_code, left(pause_reason, 500) as pause_reason, resumed_at, max_per_second, slow_until,
    plans_set_aside
from public.senders
where channel = 'email' and (%(is_paused)s::boolean is null or (paused_at is not null) = %(is_paused)s)
    and (
        %(at)s::timestamptz is null
        or (coalesce(paused_at, 'epoch'), user_id) < (%(at)s, %(id)s::uuid)
    )
order by coalesce(paused_at, 'epoch') desc, user_id desc
limit %(limit)s;

-- name: get
-- One sender's limits and pause.
select user_id, paused_at, pause_code, pause_reason, resumed_at, max_per_second, slow_until, plans_set_aside
from public.senders where user_id = %(user_id)s and channel = 'email';

-- name: acting_account
-- The account that the caller acts for.
select ddp.active_user_id() as user_id;

-- name: user_is_visible
-- Whether the caller may see a user who has sent nothing yet.
select 1 as visible from public.users where user_id = %(user_id)s;

-- name: set_sender
-- Sets a sender's rate limit; for administrators. The last argument named a tenant of SES, which is used no more.
select public.set_sender(%(user_id)s, 'email', %(max_per_second)s, null);

-- name: resume
-- Ends a pause; for administrators.
select public.resume_sender(%(user_id)s, 'email');

-- name: get_of_sms
-- One sender of SMS: limits, pause, and what is used of this month's budget.
select * from public.sms_sender(%(user_id)s);

-- name: set_sms_sender
-- Sets all limits of a sender of SMS; for administrators.
select public.set_sms_sender(
    %(user_id)s, %(max_per_second)s, %(monthly_budget)s, %(may_send_transactional)s
);

-- name: resume_sms
-- Ends a pause of a sender of SMS; for administrators.
select public.resume_sender(%(user_id)s, 'sms');

-- name: get_frequency_cap
-- The frequency cap of a sender (null: of the acting account).
select messages, days, set_at from public.frequency_cap(%(user_id)s, %(channel)s);

-- name: get_platform_frequency_cap
-- That of all senders together; for administrators.
select messages, days, set_at from public.platform_frequency_cap(%(channel)s);

-- name: set_frequency_cap
-- Sets the frequency cap of a sender, or removes it.
select public.set_frequency_cap(%(user_id)s, %(channel)s, %(messages)s, %(days)s);

-- name: set_platform_frequency_cap
-- Sets that of all senders together; for administrators.
select public.set_platform_frequency_cap(%(channel)s, %(messages)s, %(days)s);
