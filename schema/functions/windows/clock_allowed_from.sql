-- requires: policies/sending_windows.sql
-- The windows of promotional SMS. Every time zone in which the phone may be must be within its window.

create or replace function ddp.windows_of_place(p_country text, p_region text) returns setof public.sending_windows
    language sql stable
    set search_path = ''
as $$
    select w.*
    from (
        select p.country, p.region
        from (
            values (p_country, p_region, p_region <> ''), (p_country, '*', true), (p_country, '', true), ('*', '', true)
        ) p (country, region, is_asked)
        -- Without a region (null): the country as a whole.
        where case when p_region is null then p.region = '' else p.is_asked end
            and exists (select from public.sending_windows w where w.country = p.country and w.region = p.region)
        order by p.country = '*', p.region = '', p.region = '*'
        limit 1
    ) place
    join public.sending_windows w on w.country = place.country and w.region = place.region
$$;
comment on function ddp.windows_of_place(text, text) is
    'The windows that hold in a region (empty: not known) of a country; null: in the country as a whole. Of all editions.';

drop function if exists ddp.openings(ddp.clocks, timestamptz);
create or replace function ddp.openings(p_clock ddp.clocks, p_from timestamptz, p_days integer default 13)
    returns table (zone text, opens timestamptz, closes timestamptz)
    language sql stable
    set search_path = ''
as $$
    with windows as materialized (
        select w.* from ddp.windows_of_place(p_clock.country, p_clock.region) w
    )
    select z.zone, (d.day + w.opens) at time zone z.zone, (d.day + w.closes) at time zone z.zone
    from unnest(p_clock.zones) z (zone)
    cross join lateral (
        select (p_from at time zone z.zone)::date + n as day from generate_series(-1, p_days) n
    ) d
    join windows w on strpos(w.days, extract(isodow from d.day)::text) > 0
        and w.valid_from = (select max(e.valid_from) from windows e where e.valid_from <= d.day)
    where w.on_holidays or not exists (
        select from ddp.holidays h
        where h.country = p_clock.country and h.day = d.day and h.region in ('', coalesce(p_clock.region, ''))
    )
$$;
comment on function ddp.openings(ddp.clocks, timestamptz, integer) is
    'When the windows of each time zone of a clock are open, from the day before this time to so many days after it; 0 is enough for '
    'what is open at this time.';

create or replace function ddp.all_open_from(p_clock ddp.clocks, p_from timestamptz) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select coalesce(
        -- Each claim and each call asks, and mostly all are open: then two days tell it, not two weeks.
        (
            select p_from
            from ddp.openings(p_clock, p_from, 0) o
            where o.opens <= p_from and p_from < o.closes
            having count(distinct o.zone) = (select count(distinct z.zone) from unnest(p_clock.zones) z (zone))
        ),
        -- Else from the moment at which the last of them opens.
        (
            with openings as materialized (
                select o.* from ddp.openings(p_clock, p_from) o
            )
            select min(t.opens)
            from openings t
            where t.opens > p_from and (
                select count(distinct o.zone) from openings o where o.opens <= t.opens and t.opens < o.closes
            ) = (select count(distinct z.zone) from unnest(p_clock.zones) z (zone))
        )
    )
$$;
comment on function ddp.all_open_from(ddp.clocks, timestamptz) is
    'The earliest time at or after this one at which the windows of all time zones are open; null: none within two weeks.';

create or replace function ddp.clock_allowed_from(p_clock ddp.clocks, p_from timestamptz) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select coalesce(
        ddp.all_open_from(p_clock, p_from),
        -- No hour suits all: then one by the country's own windows, in the most western and the most eastern zone.
        ddp.all_open_from((p_clock.clock_id, p_clock.country, null, array[o.western, o.eastern])::ddp.clocks, p_from),
        p_from + interval '14 days'
    )
    from (
        select
            (array_agg(z.zone order by p_from at time zone z.zone, z.place))[1] as western,
            (array_agg(z.zone order by p_from at time zone z.zone desc, z.place desc))[1] as eastern
        from unnest(p_clock.zones) with ordinality z (zone, place)
    ) o
$$;
comment on function ddp.clock_allowed_from(ddp.clocks, timestamptz) is
    'The earliest time at or after this one at which promotional messages may go to a phone with this clock; where no window '
    'opens within two weeks: ask again then.';
revoke all on function
    ddp.windows_of_place(text, text), ddp.openings(ddp.clocks, timestamptz, integer),
    ddp.all_open_from(ddp.clocks, timestamptz), ddp.clock_allowed_from(ddp.clocks, timestamptz)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.windows_of_place(text, text), ddp.openings(ddp.clocks, timestamptz, integer),
    ddp.all_open_from(ddp.clocks, timestamptz), ddp.clock_allowed_from(ddp.clocks, timestamptz)
    to service_role;
