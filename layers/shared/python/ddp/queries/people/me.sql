-- What a person does about itself, whatever account it acts for.

-- name: sign_in
-- Makes the account if there is none, uses an invitation, and records the sign-in.
select user_id from public.sign_in(%(user_name)s, %(profile_data)s);

-- name: person
-- The person's own account, even if it is inactive.
select user_id, user_name, user_email, user_type, is_active, profile_data, ddp.sender_fields(profile_data) as sender, created_at,
    last_login_at
from public.person_of_caller();

-- name: accounts
-- The active accounts that the person may act for.
select account_id, account_name, user_type, member_role, is_acting from public.accounts_of_caller();

-- name: change
-- Changes name, profile, and fields of the sender; null leaves them as they are.
select user_id from public.change_person(%(user_name)s, %(profile_data)s, %(sender)s);

-- name: invitations
-- Open invitations to act for other accounts.
select account_member_id, account_id, account_name, member_role, invited_at, expires_at
from public.invitations_of_caller(%(at)s, %(id)s, %(limit)s);

-- name: count_invitations
-- How many accounts invite the person.
select count(*) from public.invitations_of_caller(p_limit => %(limit)s);

-- name: accept_invitation
-- From then on the person may act for that account.
select account_member_id, account_id, member_role, accepted_at from public.accept_invitation(%(account_member_id)s);

-- name: start_session
-- Starts a session of the person for the acting account, with the device that the user agent names and the place that
-- the edge saw.
select ddp.start_session(
    %(device_info)s, %(location_data)s, %(device)s, %(country_code)s, %(region)s
) as session_id;

-- name: heartbeat
-- Notes that a session of the person goes on.
select public.heartbeat_session(%(session_id)s) as last_seen_at;

-- name: end_session
-- Ends a session of the person.
select public.end_session(%(session_id)s) as ended_at;
