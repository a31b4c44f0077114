-- requires: functions/expand_not_before.sql, functions/clock_allowed_from.sql, functions/blackouts.sql
-- When an SMS may go: after a blackout of its sender, within the windows of the recipient's country and region, and outside the plan's quiet hours. Without
-- `set`, the planner puts these functions in their callers' places.

create or replace function ddp.sms_clock(p_send public.sms_sends) returns text
    language sql immutable
    return coalesce(p_send.clock_id::text, p_send.time_zone, '');
comment on function ddp.sms_clock(public.sms_sends) is
    'What decides, together with the plan, when the message may go: the number of a clock; without one, the recipient''s time '
    'zone; empty: the plan''s.';

create or replace function ddp.sms_has_hours(p_plan public.send_plans) returns boolean
    language sql stable
    return p_plan.quiet_from is not null or not (p_plan.ignores_windows and p_plan.ignores_law)
        or ddp.blackout_end(p_plan, clock_timestamp()) is not null;
comment on function ddp.sms_has_hours(public.send_plans) is 'Whether there are times at which messages of this plan may not go.';

create or replace function ddp.windows_count(p_plan public.send_plans, p_clock ddp.clocks) returns boolean
    language sql stable
    set search_path = ''
as $$
    select not p_plan.ignores_windows
        or not p_plan.ignores_law
            and exists (select from ddp.windows_of_place(p_clock.country, p_clock.region) w where w.status <> 'custom')
$$;
comment on function ddp.windows_count(public.send_plans, ddp.clocks) is
    'Whether the windows of a phone''s place hold for a plan: it may ignore customary ones, and others only if an administrator says so.';

create or replace function ddp.sms_allowed_at(p_at timestamptz, p_plan public.send_plans, p_clock text) returns timestamptz
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_clock ddp.clocks;
    v_at timestamptz := coalesce(ddp.blackout_end(p_plan, p_at), p_at);
    v_before timestamptz;
    v_counts boolean := false;
begin
    if p_clock ~ '^[0-9]+$' then
        select c.* into v_clock from ddp.clocks c where c.clock_id = p_clock::integer;
        v_counts := ddp.windows_count(p_plan, v_clock);
    end if;
    -- The end of quiet hours may be outside the window, and its next opening within quiet hours again.
    for v_round in 1..20 loop
        v_before := v_at;
        if v_counts then
            v_at := ddp.clock_allowed_from(v_clock, v_at);
        end if;
        select greatest(v_at, max(ddp.expand_not_before(v_at, z.zone, p_plan.quiet_from, p_plan.quiet_until))) into v_at
        from unnest(coalesce(v_clock.zones, array[coalesce(nullif(p_clock, ''), p_plan.time_zone)])) z (zone);
        exit when v_at = v_before;
    end loop;
    return v_at;
end
$$;
comment on function ddp.sms_allowed_at(timestamptz, public.send_plans, text) is
    'The earliest time at or after p_at at which a recipient with this clock may get a message of the plan.';
revoke all on function
    ddp.sms_clock(public.sms_sends), ddp.sms_has_hours(public.send_plans),
    ddp.sms_allowed_at(timestamptz, public.send_plans, text), ddp.windows_count(public.send_plans, ddp.clocks)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sms_clock(public.sms_sends), ddp.sms_has_hours(public.send_plans),
    ddp.sms_allowed_at(timestamptz, public.send_plans, text), ddp.windows_count(public.send_plans, ddp.clocks)
    to service_role;
