-- requires: functions/acting_user.sql

create or replace function public.update_user_last_login(p_user_id uuid default null) returns timestamptz
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.acting_user(p_user_id);
begin
    update public.users set last_login_at = now() where user_id = v_user_id;
    return now();
end
$$;
comment on function public.update_user_last_login(uuid) is
    'Records that the acting user signed in, and returns the time. service_role names the user.';
revoke all on function public.update_user_last_login(uuid) from public, anon, authenticated, service_role;
grant execute on function public.update_user_last_login(uuid) to authenticated, service_role;
