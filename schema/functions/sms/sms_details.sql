-- requires: functions/sms_hours.sql, functions/due_from.sql, policies/sms_sends.sql
-- What composing needs of a recipient of an SMS beside number, name and data.

create or replace function ddp.sms_open_until(p_at timestamptz, p_plan public.send_plans, p_clock text) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select min(o.closes)
    from ddp.clocks c
    cross join lateral ddp.openings(c, p_at, 0) o
    where p_clock ~ '^[0-9]+$' and c.clock_id = p_clock::integer and ddp.windows_count(p_plan, c)
        and o.opens <= p_at and p_at < o.closes
$$;
comment on function ddp.sms_open_until(timestamptz, public.send_plans, text) is
    'When the first window that is open at that time for this clock closes; null: none is, or windows do not count.';

create or replace function ddp.sms_details(p_plan public.send_plans, p_send_ids uuid[])
    returns table (send_id uuid, details jsonb)
    language sql stable
    set search_path = ''
as $$
    with sends as materialized (
        select s.sms_send_id, s.country, s.link_code, s.price, s.units,
            ddp.due_from(s.not_before, s.variant, p_plan.rest_since) as not_before, ddp.sms_clock(s) as clock
        from unnest(p_send_ids) g (sms_send_id)
        join public.sms_sends s on s.sms_send_id = g.sms_send_id
    ), hours as materialized (
        -- Once for each clock.
        select c.clock, ddp.sms_open_until(clock_timestamp(), p_plan, c.clock) as open_until
        from (select distinct s.clock from sends s) c
    )
    select s.sms_send_id, jsonb_build_object(
        'country', s.country, 'link_code', s.link_code, 'price', s.price::text, 'parts', s.units,
        -- What waited for the rate is claimed although it is late: it has another minute.
        'expires_at', extract(epoch from least(
            greatest(s.not_before + p_plan.max_lateness, clock_timestamp() + interval '1 minute'), h.open_until
        ))
    )
    from sends s
    left join hours h on h.clock = s.clock
$$;
comment on function ddp.sms_details(public.send_plans, uuid[]) is
    'country of the number; link_code: of the recipient''s links; price: US dollars of the whole message; parts; expires_at: when it must '
    'not be delivered any more, because it is late or the window closes, in seconds since 1970.';
revoke all on function ddp.sms_open_until(timestamptz, public.send_plans, text), ddp.sms_details(public.send_plans, uuid[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.sms_open_until(timestamptz, public.send_plans, text), ddp.sms_details(public.send_plans, uuid[])
    to service_role;
