-- requires: functions/directory.sql
-- Names, for whoever may know them. The policy on `users` shows whole rows, e-mail addresses too, and so shows nobody
-- another account. The private view runs with its owner's rights and shows what its own condition leaves.

create or replace view ddp.profiles_of_caller with (security_barrier = true) as
select u.user_id as id, u.user_name as name, u.user_type as type
from public.users u
where u.is_active and (
    u.user_id = (select ddp.active_user_id())
    or u.user_type = any ((select ddp.listed_types())::public.user_type[])
);
comment on view ddp.profiles_of_caller is 'The accounts that the acting account finds in the directory, and itself.';
revoke all on ddp.profiles_of_caller from public, anon, authenticated, service_role;
grant select on ddp.profiles_of_caller to authenticated;

create or replace view public.profiles with (security_invoker = true) as
select p.id, p.name, p.type from ddp.profiles_of_caller p;
comment on view public.profiles is
    'Active accounts by name: retailers see brands, brands see retailers, administrators all, everyone themselves. To search '
    'by name call search_directory().';
comment on column public.profiles.id is 'The account: users.user_id.';
comment on column public.profiles.name is 'Its name.';
comment on column public.profiles.type is 'brand, retailer or admin.';
revoke all on public.profiles from public, anon, authenticated, service_role;
grant select on public.profiles to authenticated;
