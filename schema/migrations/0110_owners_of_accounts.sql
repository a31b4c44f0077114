-- Every user is the owner of the account that it was.

insert into public.account_members (account_id, member_id, member_role, invited_at, accepted_at)
select u.user_id, u.user_id, 'owner', u.created_at, u.created_at from public.users u
on conflict do nothing;

alter table public.sessions validate constraint sessions_member_id_fkey;
