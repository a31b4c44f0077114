-- requires: functions/require_active_user.sql, functions/request_origin.sql, functions/check_json.sql
-- requires: functions/places_of_sessions.sql

create or replace function ddp.start_session(
    p_device_info jsonb, p_location_data jsonb, p_device jsonb default null, p_country_code text default null,
    p_region text default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_place record;
    v_session_id uuid;
begin
    perform ddp.check_json(p_device_info, 'The device');
    perform ddp.check_json(p_location_data, 'The location');
    if p_country_code ~ '^[A-Z]{2}$' then
        select p_country_code as country_code, left(p_region, 100) as region into v_place;
    else
        select * into v_place from ddp.place_of_zone(p_location_data ->> 'time_zone');
    end if;
    insert into public.sessions (
        user_id, member_id, ip_address, user_agent, device_info, location_data, device_id, country_code, region
    ) values (
        v_user_id, nullif(auth.uid(), v_user_id), ddp.request_address(), ddp.request_agent(), p_device_info, p_location_data,
        ddp.seen_device(p_device), v_place.country_code, v_place.region
    )
    returning session_id into v_session_id;
    return v_session_id;
end
$$;
comment on function ddp.start_session(jsonb, jsonb, jsonb, text, text) is
    'start_session() with what only the HTTP function knows: the device that the user agent names, and the place that the '
    'edge saw. In `ddp`, so that a browser cannot say them itself.';
revoke all on function ddp.start_session(jsonb, jsonb, jsonb, text, text) from public, anon, authenticated, service_role;
grant execute on function ddp.start_session(jsonb, jsonb, jsonb, text, text) to authenticated;

create or replace function public.start_session(p_device_info jsonb default '{}', p_location_data jsonb default '{}')
    returns uuid
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    return ddp.start_session(p_device_info, p_location_data);
end
$$;
comment on function public.start_session(jsonb, jsonb) is
    'Starts a session of the person for the acting account, with address and agent of the request, and returns its id. '
    '`time_zone` in the location (an IANA name) says the country where only one has it.';
revoke all on function public.start_session(jsonb, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.start_session(jsonb, jsonb) to authenticated;

create or replace function ddp.lock_own_session(p_session_id uuid) returns public.sessions
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_session public.sessions;
begin
    select s.* into v_session
    from public.sessions s
    where s.session_id = p_session_id and s.user_id = v_user_id and coalesce(s.member_id, s.user_id) = auth.uid()
    for no key update;
    perform ddp.require(
        v_session.session_id is not null, 'PT404', 'You have no such session.', '{"code": "session-not-found"}'
    );
    return v_session;
end
$$;
comment on function ddp.lock_own_session(uuid) is 'A session of the person for the acting account, locked; else PT404.';
revoke all on function ddp.lock_own_session(uuid) from public, anon, authenticated, service_role;

create or replace function public.heartbeat_session(p_session_id uuid) returns timestamptz
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_session constant public.sessions := ddp.lock_own_session(p_session_id);
begin
    perform ddp.require(
        v_session.ended_at is null, 'PT409', 'This session has ended: start a new one.',
        jsonb_build_object('code', 'session-ended', 'ended_at', v_session.ended_at)
    );
    -- Often enough to know when it was abandoned, and a write a minute at most.
    if coalesce(v_session.last_seen_at, v_session.started_at) > now() - interval '1 minute' then
        return coalesce(v_session.last_seen_at, v_session.started_at);
    end if;
    update public.sessions s set last_seen_at = now() where s.session_id = p_session_id;
    return now();
end
$$;
comment on function public.heartbeat_session(uuid) is
    'Says that a session of the acting user goes on, and returns when that was noted: a session ends 30 minutes after its '
    'last heartbeat or action. PT409 if it has ended.';
revoke all on function public.heartbeat_session(uuid) from public, anon, authenticated, service_role;
grant execute on function public.heartbeat_session(uuid) to authenticated;

create or replace function public.end_session(p_session_id uuid) returns timestamptz
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_session constant public.sessions := ddp.lock_own_session(p_session_id);
    v_ended_at timestamptz := v_session.ended_at;
begin
    if v_ended_at is null then
        update public.sessions s set ended_at = greatest(now(), s.started_at)
        where s.session_id = p_session_id
        returning s.ended_at into v_ended_at;
    end if;
    return v_ended_at;
end
$$;
comment on function public.end_session(uuid) is
    'Ends a session of the acting user and returns when it ended; one that has ended stays as it is.';
revoke all on function public.end_session(uuid) from public, anon, authenticated, service_role;
grant execute on function public.end_session(uuid) to authenticated;

create or replace function ddp.close_abandoned_sessions(p_limit integer default 10000) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_closed bigint;
begin
    with quiet as materialized (
        select s.session_id, s.user_id, s.started_at, s.last_seen_at
        from public.sessions s
        where s.ended_at is null and s.started_at < now() - interval '30 minutes'
            and coalesce(s.last_seen_at, s.started_at) < now() - interval '30 minutes'
        order by s.started_at
        limit p_limit
        for no key update skip locked
    )
    update public.sessions s
    set last_seen_at = q.last_at, ended_at = case when q.last_at < now() - interval '30 minutes' then q.last_at end
    from (
        select quiet.session_id, greatest(quiet.started_at, quiet.last_seen_at, (
            select max(a.action_timestamp) from public.file_actions a
            where a.session_id = quiet.session_id
                and a.user_id = quiet.user_id and a.action_timestamp between quiet.started_at and now()  -- by an index
        )) as last_at
        from quiet
    ) q
    where s.session_id = q.session_id;
    get diagnostics v_closed = row_count;
    return v_closed;
end
$$;
comment on function ddp.close_abandoned_sessions(integer) is
    'Ends open sessions of which nothing was heard for 30 minutes, at their last action: the oldest p_limit of them. Returns '
    'how many it looked at: fewer than p_limit when none is left. For workers, each hour.';
revoke all on function ddp.close_abandoned_sessions(integer) from public, anon, authenticated, service_role;
grant execute on function ddp.close_abandoned_sessions(integer) to service_role;
