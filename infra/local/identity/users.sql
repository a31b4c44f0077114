-- The users that the local issuer has tokens for (infra/local/identity/users.py); existing rows stay as they are, but for the address.
insert into public.users as u (user_id, user_email, user_name, user_type, is_active, profile_data)
values (
    %(user_id)s, %(user_email)s, %(user_name)s, %(user_type)s::public.user_type, true,
    jsonb_build_object('sender', jsonb_build_object('postal_address', %(postal_address)s::text))
)
-- One from before e-mail needed an address gets it.
on conflict (user_id) do update set profile_data = excluded.profile_data || u.profile_data
where not u.profile_data ? 'sender'
