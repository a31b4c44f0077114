-- requires: functions/require_active_user.sql, functions/request_origin.sql, functions/check_json.sql

create or replace function public.start_session(p_device_info jsonb default '{}', p_location_data jsonb default '{}')
    returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_session_id uuid;
begin
    perform ddp.check_json(p_device_info, 'The device');
    perform ddp.check_json(p_location_data, 'The location');
    insert into public.sessions (user_id, member_id, ip_address, user_agent, device_info, location_data)
    values (v_user_id, nullif(auth.uid(), v_user_id), ddp.request_address(), ddp.request_agent(), p_device_info, p_location_data)
    returning session_id into v_session_id;
    return v_session_id;
end
$$;
comment on function public.start_session(jsonb, jsonb) is
    'Starts a session of the person for the acting account, with address and agent of the request, and returns its id.';
revoke all on function public.start_session(jsonb, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.start_session(jsonb, jsonb) to authenticated;

create or replace function public.end_session(p_session_id uuid) returns timestamptz
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_ended_at timestamptz;
begin
    update public.sessions s set ended_at = coalesce(s.ended_at, greatest(now(), s.started_at))
    where s.session_id = p_session_id and s.user_id = v_user_id and coalesce(s.member_id, s.user_id) = auth.uid()
    returning s.ended_at into v_ended_at;
    perform ddp.require(
        v_ended_at is not null, 'PT404', 'You have no such session.', '{"code": "session-not-found"}'
    );
    return v_ended_at;
end
$$;
comment on function public.end_session(uuid) is
    'Ends a session of the acting user and returns when it ended; one that has ended stays as it is.';
revoke all on function public.end_session(uuid) from public, anon, authenticated, service_role;
grant execute on function public.end_session(uuid) to authenticated;
