-- Who asks, for policies and functions. Type and activity come from `users`, never from a claim.
-- SECURITY DEFINER, because a policy on `users` that read `users` would ask itself. In policies always as a scalar
-- sub-select, so that they run once a statement and not once a row.

create or replace function ddp.active_user_id() returns uuid
    language sql stable security definer
    set search_path = ''
as $$
    select u.user_id from public.users u where u.user_id = auth.uid() and u.is_active
$$;
comment on function ddp.active_user_id() is
    'The acting user; null without claims, for an unknown and for an inactive user.';

create or replace function ddp.active_user_type() returns public.user_type
    language sql stable security definer
    set search_path = ''
as $$
    select u.user_type from public.users u where u.user_id = auth.uid() and u.is_active
$$;
comment on function ddp.active_user_type() is 'The acting user''s type; null where active_user_id() is null.';

revoke all on function ddp.active_user_id(), ddp.active_user_type() from public, anon, authenticated, service_role;
grant execute on function ddp.active_user_id(), ddp.active_user_type() to authenticated;
