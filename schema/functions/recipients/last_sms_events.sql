create or replace function ddp.last_sms_events(p_sms_send_id uuid, p_masked boolean) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select coalesce(jsonb_agg(
        jsonb_build_object(
            'event_type', e.event_type, 'occurred_at', e.occurred_at, 'received_at', e.received_at, 'attempt', e.attempt,
            'detail', case when not p_masked then e.detail end
        )
        order by e.occurred_at, e.event_id
    ), '[]')
    from (
        select event.*
        from public.sms_events event
        where event.sms_send_id = p_sms_send_id
        order by event.occurred_at desc, event.event_id desc
        limit 100
    ) e
$$;
comment on function ddp.last_sms_events(uuid, boolean) is
    'The last 100 events about a message, oldest first. What the provider said may name the recipient, so it is left out '
    'if masked.';
revoke all on function ddp.last_sms_events(uuid, boolean) from public, anon, authenticated, service_role;
