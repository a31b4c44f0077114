-- twin: sms (store_sms_events)
-- requires: policies/email_events.sql, policies/sms_events.sql

create or replace function ddp.store_email_events(p_events ddp.email_event[], p_known uuid[]) returns bigint
    language plpgsql volatile
    set search_path = ''
    set enable_hashjoin = on  -- both sides are arrays
as $$
declare
    v_stored bigint;
begin
    insert into public.email_events (event_id, occurred_at, email_send_id, attempt, event_type, is_machine, detail)
    select event.event_id, event.occurred_at, event.send_id, event.attempt, event.kind, event.is_machine, event.detail
    from unnest(p_events) event
    join unnest(p_known) known (send_id) on known.send_id = event.send_id
    on conflict do nothing;
    get diagnostics v_stored = row_count;
    return v_stored;
end
$$;
comment on function ddp.store_email_events(ddp.email_event[], uuid[]) is
    'Stores the events about known messages that are not stored yet; returns how many.';
revoke all on function ddp.store_email_events(ddp.email_event[], uuid[]) from public, anon, authenticated, service_role;
grant execute on function ddp.store_email_events(ddp.email_event[], uuid[]) to service_role;
