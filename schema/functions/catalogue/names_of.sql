-- requires: functions/active_user.sql
-- The names that lists show beside ids. Nobody reads other users' rows, which hold addresses and profiles.

create or replace function ddp.names_of(p_user_ids uuid[]) returns table (user_id uuid, user_name varchar)
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    return query
    select u.user_id, u.user_name from public.users u
    where u.user_id = any (p_user_ids)
        and (
            u.user_type <> 'retailer' and (select ddp.active_user_id()) is not null
            or u.user_id = (select ddp.active_user_id())
            or (select ddp.active_user_type()) in ('brand', 'admin')
        );
end
$$;
comment on function ddp.names_of(uuid[]) is
    'The names of these users: of brands and administrators for everyone signed in; of retailers for brands, administrators '
    'and the retailer itself.';
revoke all on function ddp.names_of(uuid[]) from public, anon, authenticated, service_role;
grant execute on function ddp.names_of(uuid[]) to authenticated;
