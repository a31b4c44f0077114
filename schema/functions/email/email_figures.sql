-- requires: policies/sending.sql, policies/send_plans.sql, policies/email_sends.sql
-- What alarms on e-mail watch, beside the figures that both channels have (ledger/reconcile_email.sql).

create or replace function ddp.email_events_late_seconds() returns double precision
    language sql stable
    set search_path = ''
as $$
    -- Of each of the last plans a sample: SES tells of every message that it accepted, within seconds. What was delivered
    -- has another status, and an event.
    select coalesce(max(extract(epoch from now() - silent.sent_at)), 0)
    from (
        select p.created_by_user_id, p.email_campaign_id
        from public.send_plans p
        where p.channel = 'email' and p.started_at is not null
            and (p.completed_at is null or p.completed_at > now() - interval '1 day')
        order by p.started_at desc
        limit 20
    ) p
    cross join lateral (
        select min(s.sent_at) as sent_at
        from (
            select s.email_send_id, s.sent_at, s.accepted_attempts
            from public.email_sends s
            where s.created_by_user_id = p.created_by_user_id and s.email_campaign_id = p.email_campaign_id
                and s.status = 'sent'
            limit 1000
        ) s
        -- A person who settles an unknown result as sent proves no acceptance.
        where s.accepted_attempts <> 0 and s.sent_at between now() - interval '1 day' and now() - interval '1 hour'
        having not bool_or(exists (
            select from public.email_events e
            where e.email_send_id = s.email_send_id and e.occurred_at > now() - interval '2 days'
        ))
    ) silent
$$;
comment on function ddp.email_events_late_seconds() is
    'How long ago an e-mail was accepted of a plan whose messages of an hour ago and longer have no event at all; 0: there is none.';

create or replace function ddp.email_figures() returns jsonb
    language sql stable
    set search_path = ''
    return jsonb_build_object('events_late_seconds', round(ddp.email_events_late_seconds()));
comment on function ddp.email_figures() is 'Figures of e-mail that reconciliation logs each minute, and that alarms read.';

revoke all on function ddp.email_events_late_seconds(), ddp.email_figures() from public, anon, authenticated, service_role;
grant execute on function ddp.email_events_late_seconds(), ddp.email_figures() to service_role;
