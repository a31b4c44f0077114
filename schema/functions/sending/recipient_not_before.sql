-- requires: functions/expand_not_before.sql
-- When a recipient may get a plan's message: the schedule, by the recipient's clock if the plan says so, and quiet hours.

create or replace function ddp.is_time_zone(p_zone text) returns boolean
    language plpgsql stable
    set search_path = ''
as $$
begin
    -- PostgreSQL also accepts abbreviations, and POSIX rules such as FOO+3.
    if p_zone is null or length(p_zone) > 50 or p_zone !~ '^([A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2}|UTC|GMT)$' then
        return false;
    end if;
    perform timestamptz '2000-01-01 00:00+00' at time zone p_zone;
    return true;
exception
    when invalid_parameter_value then
        return false;
end
$$;
comment on function ddp.is_time_zone(text) is
    'Whether this is the name of an IANA time zone with a place (Europe/Zurich), or UTC or GMT.';

create or replace function ddp.recipient_not_before(p_plan public.send_plans, p_zone text) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select ddp.expand_not_before(
        -- If the time has already passed where the recipient is, the message is due now and not late.
        greatest(p_plan.created_at, case
            when p_plan.in_recipient_time_zone
                then (p_plan.scheduled_at at time zone p_plan.time_zone) at time zone p_zone
            else p_plan.scheduled_at
        end),
        p_zone, p_plan.quiet_from, p_plan.quiet_until
    )
$$;
comment on function ddp.recipient_not_before(public.send_plans, text) is
    'The earliest time at which a recipient in this (existing) time zone may get the message of a plan.';
revoke all on function ddp.is_time_zone(text), ddp.recipient_not_before(public.send_plans, text)
    from public, anon, authenticated, service_role;
grant execute on function ddp.is_time_zone(text), ddp.recipient_not_before(public.send_plans, text) to service_role;
grant execute on function ddp.is_time_zone(text) to authenticated;
