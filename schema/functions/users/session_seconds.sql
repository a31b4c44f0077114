create or replace function ddp.session_seconds(p_started_at timestamptz, p_ended_at timestamptz) returns bigint
    language sql immutable parallel safe
    set search_path = ''
    return case
        when isfinite(p_started_at) and isfinite(p_ended_at)
        then floor(extract(epoch from p_ended_at - p_started_at))::bigint
        when p_started_at is not null and p_ended_at is not null then 0
    end;
comment on function ddp.session_seconds(timestamptz, timestamptz) is
    'Whole seconds of a session, begun ones left out: wherever seconds of sessions are shown or added up. '
    'Null while it is open, 0 where a time is infinite.';
revoke all on function ddp.session_seconds(timestamptz, timestamptz) from public, anon, authenticated, service_role;
grant execute on function ddp.session_seconds(timestamptz, timestamptz) to authenticated, service_role;
