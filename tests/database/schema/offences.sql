-- For each check of lint.sql, an object called `planted` that the check must name.

-- name: unindexed_foreign_keys
create table public.planted (id uuid primary key, user_id uuid references public.users);

-- name: auth_users_exposed
create table if not exists auth.users (id uuid primary key);
create view public.planted with (security_invoker = true) as select id from auth.users;

-- name: auth_rls_initplan
create policy planted on public.users as restrictive for select to authenticated using (user_id = auth.uid());

-- name: no_primary_key
create table ddp.planted (n integer);

-- name: multiple_permissive_policies
create table public.planted (user_id uuid primary key);
create policy one on public.planted for select to authenticated using (user_id is not null);
create policy two on public.planted to authenticated using (user_id is null);

-- name: policy_exists_rls_disabled
create table public.planted (n integer primary key);
create policy one on public.planted for select to authenticated using (n = 1);

-- name: rls_enabled_no_policy
create table public.planted (n integer primary key);
alter table public.planted enable row level security;

-- name: duplicate_index
create index planted on public.files (created_by_user_id, deleted_at desc, file_id desc);

-- name: index_covered_by_another
create index planted on public.campaigns (created_by_user_id);

-- name: security_definer_view
create view public.planted as select file_id from public.files;

-- name: function_search_path_mutable
create function public.planted() returns integer language sql return 1;

-- name: rls_disabled
create table public.planted partition of public.file_actions for values from ('1990-01-01') to ('1990-02-01');

-- name: extension_in_public
create extension citext schema public;
alter extension citext set schema public;

-- name: rls_references_user_metadata
create policy planted on public.users as restrictive for select to authenticated
using ((select auth.jwt()) -> 'user_metadata' ->> 'user_type' = 'admin');

-- name: materialized_view_in_api
create materialized view public.planted as select file_id from public.files;

-- name: foreign_table_in_api
create extension file_fdw schema auth;
create server planted foreign data wrapper file_fdw;
create foreign table public.planted (line text) server planted options (filename '/dev/null');

-- name: unsupported_reg_types
create table public.planted (n integer primary key, which regprocedure);

-- name: sensitive_columns_exposed
create table public.planted (n integer primary key, refresh_token text);
grant select on public.planted to authenticated;

-- name: permissive_rls_policy
create policy planted on public.users as restrictive for select to authenticated using (true);

-- name: policy_for_everyone
create policy planted on public.users as restrictive for select using (user_id is null);

-- name: anon_table_exposed
create view public.planted with (security_invoker = true) as select file_id from public.files;
grant select on public.planted to anon;

-- name: anon_security_definer_function_executable
create function public.planted() returns integer language sql security definer set search_path = '' return 1;
grant execute on function public.planted() to public;

-- name: authenticated_security_definer_function_executable
create function public.planted() returns integer language sql security definer set search_path = '' return 1;
grant execute on function public.planted() to authenticated;

-- name: invalid_index
create table public.planted (n integer, at date) partition by range (at);
create table ddp.planted_1 partition of public.planted for values from ('1990-01-01') to ('1990-02-01');
create index planted_idx on only public.planted (n);

-- name: autovacuum_disabled
create table public.planted (n integer primary key) with (autovacuum_enabled = off);

-- name: unvalidated_constraint
alter table public.users add constraint planted check (user_name <> 'x') not valid;

-- name: uncommented_function
create function public.planted() returns integer language sql set search_path = '' return 1;

-- name: policy_without_index
create table public.planted (n integer primary key, user_id uuid);
create policy read on public.planted for select to authenticated using (user_id = (select ddp.active_user_id()));
