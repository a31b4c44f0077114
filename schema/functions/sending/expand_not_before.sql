create or replace function ddp.expand_not_before(p_at timestamptz, p_zone text, p_quiet_from time, p_quiet_until time)
    returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select case
        when p_quiet_from is null then p_at
        when p_quiet_from < p_quiet_until and l.clock::time >= p_quiet_from and l.clock::time < p_quiet_until
            or p_quiet_from > p_quiet_until and l.clock::time < p_quiet_until
            then (l.clock::date + p_quiet_until) at time zone p_zone
        when p_quiet_from > p_quiet_until and l.clock::time >= p_quiet_from
            then (l.clock::date + 1 + p_quiet_until) at time zone p_zone
        else p_at
    end
    from (select p_at at time zone p_zone as clock) l
$$;
comment on function ddp.expand_not_before(timestamptz, text, time, time) is
    'The earliest time at or after p_at that is outside the quiet hours, by the clock of that time zone.';
revoke all on function ddp.expand_not_before(timestamptz, text, time, time)
    from public, anon, authenticated, service_role;
grant execute on function ddp.expand_not_before(timestamptz, text, time, time) to service_role;
