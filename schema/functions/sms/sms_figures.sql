-- requires: policies/sending.sql, policies/sms_events.sql, functions/sms_money.sql
-- What alarms on SMS watch, beside the figures that both channels have (ledger/reconcile_email.sql).

create or replace function ddp.sms_over_budget_seconds() returns double precision
    language sql stable
    set search_path = ''
as $$
    select coalesce(max(extract(epoch from clock_timestamp() - b.exhausted_at)), 0)
    from public.send_plans p
    join ddp.budgets b on b.scope = 'send_plan' and b.owner_id = p.send_plan_id and b.period = ''
    where p.channel = 'sms' and p.completed_at is null and p.cancelled_at is null and p.failed_at is null
$$;
comment on function ddp.sms_over_budget_seconds() is
    'For how long the open send that has stood at its cap for longest has done so; 0: none does.';

create or replace function ddp.opt_outs_waiting_seconds() returns double precision
    language sql stable
    set search_path = ''
    return (select coalesce(extract(epoch from clock_timestamp() - min(o.created_at)), 0) from ddp.opt_outs_to_push o);
comment on function ddp.opt_outs_waiting_seconds() is
    'Since when the provider''s opt-out list lacks what it should have learned; 0: it lacks nothing.';

create or replace function ddp.sms_events_late_seconds() returns double precision
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_started timestamptz;
begin
    -- The last call that was accepted, and that is old enough for the provider to have said something of it.
    select max(c.started_at) into v_started
    from public.send_plans p
    cross join lateral (
        select call.started_at
        from ddp.send_calls call
        where call.send_plan_id = p.send_plan_id and call.accepted > 0
            and call.ended_at between now() - interval '1 day' and now() - interval '15 minutes'
        order by call.ended_at desc
        limit 1
    ) c
    where p.channel = 'sms' and p.started_at is not null
        and (p.completed_at is null or p.completed_at > now() - interval '1 day');
    if v_started is null or exists (
        select from public.sms_events e
        -- The provider's clock is not ours. Its last words come three days later at most.
        where e.received_at >= v_started and e.occurred_at > v_started - interval '4 days' and e.event_type <> 'CLICK'
    ) then
        return 0;
    end if;
    return extract(epoch from now() - v_started);
end
$$;
comment on function ddp.sms_events_late_seconds() is
    'How long ago the last SMS was accepted, if that is 15 minutes or longer and the provider has reported nothing since; else 0.';

create or replace function ddp.sms_stopped_identities() returns bigint
    language sql stable
    set search_path = ''
    return (select count(*) from ddp.rate_buckets b where b.channel = 'sms' and b.stopped_until > clock_timestamp());
comment on function ddp.sms_stopped_identities() is
    'From how many identities nothing is sent now, because the provider said that it takes no more for a while.';

create or replace function ddp.sms_budget_used_percent() returns double precision
    language sql stable
    set search_path = ''
    return (
        select coalesce(max(100 * (b.reserved + b.charged) / b.cap), 0)
        from ddp.budgets b
        where b.scope = 'sms_month' and b.period = to_char(ddp.sms_month(now()), 'YYYY-MM') and b.cap > 0
    );
comment on function ddp.sms_budget_used_percent() is
    'How much of this month''s budget the sender has used up who has used most, in per cent; 0: no budget has a cap.';

create or replace function ddp.sms_figures() returns jsonb
    language sql stable
    set search_path = ''
    return jsonb_build_object(
        'stopped_identities', ddp.sms_stopped_identities(),
        'budget_used_percent', round(ddp.sms_budget_used_percent()),
        'over_budget_seconds', round(ddp.sms_over_budget_seconds()),
        'opt_outs_waiting_seconds', round(ddp.opt_outs_waiting_seconds()),
        'events_late_seconds', round(ddp.sms_events_late_seconds())
    );
comment on function ddp.sms_figures() is 'Figures of SMS that reconciliation logs each minute, and that alarms read.';

revoke all on function
    ddp.sms_over_budget_seconds(), ddp.opt_outs_waiting_seconds(), ddp.sms_events_late_seconds(),
    ddp.sms_stopped_identities(), ddp.sms_budget_used_percent(), ddp.sms_figures()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sms_over_budget_seconds(), ddp.opt_outs_waiting_seconds(), ddp.sms_events_late_seconds(),
    ddp.sms_stopped_identities(), ddp.sms_budget_used_percent(), ddp.sms_figures()
    to service_role;
