-- Who sends e-mail, as row level security shows it: oneself; all for administrators.

-- name: list_senders
select user_id, paused_at, pause_code, pause_reason, resumed_at, max_per_second, ses_tenant_name
from public.senders
where channel = 'email' and (%(is_paused)s::boolean is null or (paused_at is not null) = %(is_paused)s)
order by paused_at desc nulls last, user_id
limit 500;

-- name: get
select user_id, paused_at, pause_code, pause_reason, resumed_at, max_per_second, ses_tenant_name
from public.senders where user_id = %(user_id)s and channel = 'email';

-- name: user_is_visible
select 1 as visible from public.users where user_id = %(user_id)s;

-- name: set_sender
select public.set_sender(%(user_id)s, 'email', %(max_per_second)s, %(ses_tenant_name)s);

-- name: resume
select public.resume_sender(%(user_id)s, 'email');
