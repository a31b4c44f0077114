-- name: promote
-- Make the account with this address an active administrator.
update public.users set user_type = 'admin', is_active = true
where user_email = lower(btrim(%(email)s))
returning user_id;

-- name: add
-- An account for somebody who has not signed up; the id is the subject of the person's tokens.
select user_id from ddp.add_user(
    %(user_id)s, %(email)s, split_part(btrim(%(email)s), '@', 1), 'admin', true, '{}'::jsonb
);
