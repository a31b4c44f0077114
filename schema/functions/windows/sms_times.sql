-- requires: functions/sms_hours.sql, functions/recipient_not_before.sql, policies/sending.sql, functions/frozen_plan.sql
-- When the SMS of a plan may go to phones that may be in several time zones.

create or replace function ddp.given_clocks(p_countries text[], p_regions text[], p_zones text[], p_time_zones text[])
    returns table (place bigint, country text, region text, zones text[], time_zone text)
    language sql stable
    set search_path = ''
as $$
    select g.place, g.country, g.region,
        case when known.time_zone is not null then array[known.time_zone] else string_to_array(g.zones, ' ') end,
        known.time_zone
    from unnest(p_countries, p_regions, p_zones, p_time_zones) with ordinality g (country, region, zones, time_zone, place)
    cross join lateral (select case when ddp.is_time_zone(g.time_zone) then g.time_zone end as time_zone) known
$$;
comment on function ddp.given_clocks(text[], text[], text[], text[]) is
    'Where phones are: the recipient''s own time zone if it exists, else all of the number''s.';

create or replace function ddp.sms_not_before(p_plan public.send_plans, p_clock ddp.clocks) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select ddp.sms_allowed_at(
        -- Of several time zones the one in which the hour comes last: by no clock is it too early.
        (select max(ddp.recipient_not_before(p_plan, z.zone)) from unnest(p_clock.zones) z (zone)),
        p_plan, p_clock.clock_id::text
    )
$$;
comment on function ddp.sms_not_before(public.send_plans, ddp.clocks) is
    'The earliest time at which a phone with this clock may get the message of a plan.';

create or replace function ddp.sms_times(
    p_send_plan_id uuid, p_countries text[], p_regions text[], p_zones text[], p_time_zones text[]
) returns table (place bigint, clock_id integer, time_zone text, not_before timestamptz)
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into ddp.clocks as c (country, region, zones)
    select distinct k.country, k.region, k.zones
    from ddp.given_clocks(p_countries, p_regions, p_zones, p_time_zones) k
    order by 1, 2, 3
    on conflict do nothing;
    return query
    with given as materialized (
        select k.place, k.time_zone, c as clock
        from ddp.given_clocks(p_countries, p_regions, p_zones, p_time_zones) k
        join ddp.clocks c on c.country = k.country and c.region = k.region and c.zones = k.zones
    ), times as materialized (
        select d.clock, ddp.sms_not_before(p, d.clock) as not_before
        from (select distinct g.clock from given g) d
        cross join ddp.frozen_plan(p_send_plan_id) p
    )
    select g.place, (g.clock).clock_id, g.time_zone, t.not_before
    from given g
    join times t on t.clock = g.clock;
end
$$;
comment on function ddp.sms_times(uuid, text[], text[], text[], text[]) is
    'For each of these phones (parallel arrays: country, region, the number''s time zones separated by spaces, the recipient''s own time '
    'zone or empty): its place in the arrays from 1, its clock, the recipient''s time zone if it exists, and when a message of the plan '
    'may go.';
revoke all on function
    ddp.sms_not_before(public.send_plans, ddp.clocks), ddp.sms_times(uuid, text[], text[], text[], text[]),
    ddp.given_clocks(text[], text[], text[], text[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sms_not_before(public.send_plans, ddp.clocks), ddp.sms_times(uuid, text[], text[], text[], text[]),
    ddp.given_clocks(text[], text[], text[], text[])
    to service_role;
