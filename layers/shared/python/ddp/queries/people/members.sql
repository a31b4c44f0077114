-- Members of the acting account, and invitations to it. Every change is a function, which asks for the caller's role.

-- part: columns
account_member_id, member_id, invited_email, member_role, invited_at, accepted_at, ended_at,
    nullif(expires_at, 'infinity') as expires_at

-- name: list
-- Members and open invitations.
select {columns}
from public.account_members
where account_id = (select ddp.active_user_id()) and ended_at is null
    and (%(at)s::timestamptz is null or (invited_at, account_member_id) < (%(at)s, %(id)s))
order by invited_at desc, account_member_id desc
limit %(limit)s;

-- name: invite
-- Invites a person by e-mail address, or renews the invitation.
select {columns} from public.invite_member(%(email)s, %(member_role)s);

-- name: change
-- Changes a role.
select {columns} from public.change_member(%(account_member_id)s, %(member_role)s);

-- name: end
-- Ends a membership, or withdraws an invitation.
select {columns} from public.end_member(%(account_member_id)s);
