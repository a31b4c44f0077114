-- twin: sms (sms_clicks)
-- requires: policies/email_sends.sql, policies/email_events.sql, policies/email_campaigns.sql
-- requires: policies/sms_sends.sql, policies/sms_events.sql, policies/sms_campaigns.sql

create or replace function ddp.email_clicks(
    p_retailer_id uuid, p_customer_hash bytea, p_send_id uuid, p_occurred_at timestamptz
) returns table (send_id uuid, message_id uuid, campaign_id uuid, clicked_at timestamptz)
    language sql stable
    set search_path = ''
as $$
    with customer as materialized (
        select p_customer_hash as hash where p_customer_hash is not null
        union
        select s.recipient_hash from public.email_sends s
        where s.email_send_id = p_send_id and s.created_by_user_id = p_retailer_id and s.recipient_hash is not null
    ), messages as materialized (
        select s.email_send_id, s.email_campaign_id, s.clicked_at
        from customer c
        join public.email_sends s on s.recipient_hash = c.hash
        where s.created_by_user_id = p_retailer_id and s.clicked_at <= p_occurred_at + interval '5 minutes'
        union
        -- A reference also credits where the ledger no longer knows whose message it was.
        select s.email_send_id, s.email_campaign_id, s.clicked_at
        from public.email_sends s
        where s.email_send_id = p_send_id and s.created_by_user_id = p_retailer_id
            and s.clicked_at <= p_occurred_at + interval '5 minutes'
    ), clicks as (
        select m.email_send_id, m.email_campaign_id, m.clicked_at from messages m
        union all
        select m.email_send_id, m.email_campaign_id, e.occurred_at  -- the ledger keeps only the first click
        from messages m
        join public.email_events e on e.email_send_id = m.email_send_id
        where lower(e.event_type) = 'click' and not e.is_machine
            and e.occurred_at between p_occurred_at - interval '7 days' and p_occurred_at + interval '5 minutes'
    )
    select c.email_send_id, c.email_campaign_id, e.campaign_id, c.clicked_at
    from clicks c
    join public.email_campaigns e on e.email_campaign_id = c.email_campaign_id
    where c.clicked_at >= p_occurred_at - interval '7 days'
$$;
comment on function ddp.email_clicks(uuid, bytea, uuid, timestamptz) is
    'The clicks, within a week before an order, in messages of a retailer to a customer.';
revoke all on function ddp.email_clicks(uuid, bytea, uuid, timestamptz)
    from public, anon, authenticated, service_role;
