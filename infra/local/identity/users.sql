-- The users that the local issuer has tokens for (infra/local/identity/users.py); existing rows stay as they are.
insert into public.users (user_id, user_email, user_name, user_type, is_active)
values (%(user_id)s, %(user_email)s, %(user_name)s, %(user_type)s::public.user_type, true)
on conflict (user_id) do nothing
