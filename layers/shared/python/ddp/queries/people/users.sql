-- For administrators: each statement but the list of invitations calls a function that asks for one.

-- part: columns
user_id, user_name, user_email, user_type, is_active, created_at, last_login_at

-- part: invitation
user_invitation_id, invited_email, user_type, is_active, invited_by_user_id, invited_at, expires_at, accepted_at, ended_at

-- name: find
-- Accounts by a word of their name or by e-mail address.
select {columns}
from public.find_users(%(query)s, %(user_type)s, %(is_active)s, %(at)s, %(id)s, %(limit)s);

-- name: set_access
-- Changes type, activity or both.
select {columns} from public.set_user_access(%(user_id)s, %(user_type)s, %(is_active)s);

-- name: invite
-- Decides what an account becomes at its first sign-in.
select {invitation} from public.invite_user(%(email)s, %(user_type)s, %(is_active)s);

-- name: withdraw_invitation
-- Withdraws an open invitation.
select {invitation} from public.withdraw_user_invitation(%(user_invitation_id)s);

-- name: list_invitations
-- Row level security shows invitations to administrators alone.
select {invitation}
from public.user_invitations
where (%(is_open)s::boolean is null
        or (accepted_at is null and ended_at is null and expires_at > now()) = %(is_open)s)
    and (%(at)s::timestamptz is null or (invited_at, user_invitation_id) < (%(at)s, %(id)s))
order by invited_at desc, user_invitation_id desc
limit %(limit)s;
