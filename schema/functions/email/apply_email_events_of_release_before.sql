-- requires: functions/apply_email_events.sql
-- For the functions of the release before, which still run while a deploy applies this. Remove it in the next release:
-- delete this file, and add a migration that drops the function.

create or replace function ddp.apply_email_events(
    p_event_ids uuid[], p_occurred_at timestamptz[], p_event_sends uuid[], p_event_attempts smallint[],
    p_event_types text[], p_is_machine boolean[], p_details json[],
    p_sends uuid[], p_accepted integer[], p_attempts smallint[], p_message_ids text[],
    p_statuses public.email_send_status[], p_sent_at timestamptz[], p_delivered_at timestamptz[],
    p_opened_at timestamptz[], p_machine_opened_at timestamptz[], p_clicked_at timestamptz[],
    p_bounced_at timestamptz[], p_bounce_reasons text[], p_hard_bounced_at timestamptz[],
    p_soft_bounced_at timestamptz[], p_complained_at timestamptz[],
    p_failed_attempts smallint[], p_failed_at timestamptz[], p_failure_codes text[], p_failure_reasons text[]
) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
begin
    return ddp.apply_email_events(
        array(
            select event::ddp.email_event
            from unnest(
                p_event_ids, p_occurred_at, p_event_sends, p_event_attempts, p_event_types, p_is_machine, p_details
            ) event
        ),
        array(
            select evidence::ddp.email_evidence
            from unnest(
                p_sends, p_accepted, p_attempts, p_message_ids, p_statuses, p_sent_at, p_delivered_at, p_opened_at,
                p_machine_opened_at, p_clicked_at, p_bounced_at, p_bounce_reasons, p_hard_bounced_at,
                p_soft_bounced_at, p_complained_at, p_failed_attempts, p_failed_at, p_failure_codes,
                p_failure_reasons
            ) evidence
        )
    );
end
$$;
comment on function ddp.apply_email_events(
    uuid[], timestamptz[], uuid[], smallint[], text[], boolean[], json[],
    uuid[], integer[], smallint[], text[], public.email_send_status[], timestamptz[], timestamptz[], timestamptz[],
    timestamptz[], timestamptz[], timestamptz[], text[], timestamptz[], timestamptz[], timestamptz[], smallint[],
    timestamptz[], text[], text[]
) is 'As ddp.apply_email_events(ddp.email_event[], ddp.email_evidence[]), for the release before.';
revoke all on function ddp.apply_email_events(
    uuid[], timestamptz[], uuid[], smallint[], text[], boolean[], json[],
    uuid[], integer[], smallint[], text[], public.email_send_status[], timestamptz[], timestamptz[], timestamptz[],
    timestamptz[], timestamptz[], timestamptz[], text[], timestamptz[], timestamptz[], timestamptz[], smallint[],
    timestamptz[], text[], text[]
) from public, anon, authenticated, service_role;
grant execute on function ddp.apply_email_events(
    uuid[], timestamptz[], uuid[], smallint[], text[], boolean[], json[],
    uuid[], integer[], smallint[], text[], public.email_send_status[], timestamptz[], timestamptz[], timestamptz[],
    timestamptz[], timestamptz[], timestamptz[], text[], timestamptz[], timestamptz[], timestamptz[], smallint[],
    timestamptz[], text[], text[]
) to service_role;
