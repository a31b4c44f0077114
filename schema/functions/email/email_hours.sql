-- requires: functions/expand_not_before.sql, functions/blackouts.sql
-- When an e-mail may go: after a blackout of its sender, and outside the plan's quiet hours, by the recipient's clock. Without `set`, the planner puts these
-- functions in their callers' places.

create or replace function ddp.email_clock(p_send public.email_sends) returns text
    language sql immutable
    return coalesce(p_send.time_zone, '');
comment on function ddp.email_clock(public.email_sends) is
    'What decides, together with the plan, when the message may go: the recipient''s time zone; empty: the plan''s.';

create or replace function ddp.email_has_hours(p_plan public.send_plans) returns boolean
    language sql stable
    return p_plan.quiet_from is not null or ddp.blackout_end(p_plan, clock_timestamp()) is not null;
comment on function ddp.email_has_hours(public.send_plans) is
    'Whether there are times at which messages of this plan may not go.';

create or replace function ddp.email_allowed_at(p_at timestamptz, p_plan public.send_plans, p_clock text) returns timestamptz
    language sql stable
    return ddp.expand_not_before(
        coalesce(ddp.blackout_end(p_plan, p_at), p_at), coalesce(nullif(p_clock, ''), p_plan.time_zone), p_plan.quiet_from, p_plan.quiet_until
    );
comment on function ddp.email_allowed_at(timestamptz, public.send_plans, text) is
    'The earliest time at or after p_at at which a recipient with this clock may get a message of the plan.';
revoke all on function
    ddp.email_clock(public.email_sends), ddp.email_has_hours(public.send_plans),
    ddp.email_allowed_at(timestamptz, public.send_plans, text)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.email_clock(public.email_sends), ddp.email_has_hours(public.send_plans),
    ddp.email_allowed_at(timestamptz, public.send_plans, text)
    to service_role;
