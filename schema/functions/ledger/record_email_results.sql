-- twin: sms (record_sms_results)
-- requires: functions/note_sender_outcomes.sql, functions/due_chunks.sql, policies/email_sends.sql
-- requires: functions/email_price.sql, functions/sms_attempts.sql
-- The results of provider calls. Proof of acceptance is always recorded; other results only while the row still belongs
-- to the call that reports them, because a lease that ended may have led to another attempt.

create or replace function ddp.record_email_results(
    p_calls uuid[], p_send_ids uuid[], p_attempts smallint[], p_outcomes text[], p_message_ids text[], p_codes text[],
    p_reasons text[], p_retry_at timestamptz[]
) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_now constant timestamptz := clock_timestamp();
    v_counts jsonb;
begin
    -- Calls before their recipients: whoever ends leases locks them in this order too.
    perform from ddp.send_calls call
    where call.send_call_id = any (p_calls) and call.channel = 'email'
    order by call.send_call_id
    for no key update;
    with given as materialized (
        select result.*, 1 << (result.attempt - 1) as bit
        from unnest(p_send_ids, p_attempts, p_outcomes, p_message_ids, p_codes, p_reasons, p_retry_at)
            result (email_send_id, attempt, outcome, message_id, code, reason, retry_at)
    ), locked as materialized (
        -- Carries the results along: joining them again would compare every result with every row.
        select given.*, s.accepted_attempts
        from given
        join public.email_sends s on s.email_send_id = given.email_send_id
        order by s.email_send_id
        for no key update of s
    ), recorded as (
        update public.email_sends s
        set status = case
                when g.outcome <> 'accepted' then
                    case
                        -- The provider's list knows of somebody whom ours does not.
                        when g.outcome = 'failed' and g.code = 'opted-out' then 'suppressed'
                        when g.outcome = 'failed' then 'failed'
                        when g.outcome = 'retry' then 'pending'
                        else 'unknown'
                    end::public.email_send_status
                -- A failed later attempt does not undo an accepted earlier one.
                when s.status in ('pending', 'sending', 'unknown', 'cancelled', 'suppressed', 'missed')
                    or s.status = 'failed' and s.attempt <> g.attempt then 'sent'
                else s.status
            end,
            sent_at = case g.outcome when 'accepted' then least(s.sent_at, v_now) else s.sent_at end,
            accepted_attempts = case g.outcome
                when 'accepted' then s.accepted_attempts | g.bit else s.accepted_attempts
            end,
            provider_message_id = case
                when g.outcome = 'accepted' and (g.attempt >= s.attempt or s.provider_message_id is null)
                    then g.message_id
                else s.provider_message_id
            end,
            failed_at = case g.outcome when 'failed' then v_now else s.failed_at end,
            failure_code = case g.outcome when 'accepted' then s.failure_code when 'retry' then s.failure_code else g.code end,
            failure_reason = case g.outcome when 'accepted' then s.failure_reason when 'retry' then s.failure_reason else g.reason end,
            unknown_at = case g.outcome when 'unknown' then v_now end,
            not_before = case g.outcome when 'retry' then greatest(s.not_before, g.retry_at) else s.not_before end,
            send_call_id = case g.outcome when 'retry' then null else s.send_call_id end
        from locked g
        where s.email_send_id = g.email_send_id
            and (
                g.outcome = 'accepted'
                or s.status = 'sending' and s.attempt = g.attempt and s.send_call_id = any (p_calls)
            )
        returning
            s.email_campaign_id, s.chunk_no, s.created_by_user_id, s.not_before, s.send_call_id, g.outcome,
            s.accepted_attempts,
            g.outcome = 'accepted' and g.accepted_attempts & g.bit = 0 as newly_accepted,
            g.outcome = 'accepted' and g.accepted_attempts = 0 as first_accepted
    ), opened as (
        select ddp.open_chunks(array_agg(p.send_plan_id), array_agg(r.chunk_no), array_agg(r.not_before))
        from recorded r
        join public.send_plans p on p.email_campaign_id = r.email_campaign_id
        where r.outcome = 'retry'
        having count(*) > 0
    ), ended as (
        update ddp.send_calls call
        set ended_at = coalesce(call.ended_at, v_now), accepted = call.accepted + coalesce(a.accepted, 0)
        from unnest(p_calls) e (send_call_id)
        left join (
            select r.send_call_id, count(*) as accepted
            from recorded r
            where r.newly_accepted
            group by r.send_call_id
        ) a on a.send_call_id = e.send_call_id
        where call.send_call_id = e.send_call_id and call.channel = 'email'
    ), noted as (
        select ddp.note_sender_outcomes('email', array_agg(o.sender), array_agg(o.accepted), null, null)
        from (
            select r.created_by_user_id as sender, count(*)::integer as accepted
            from recorded r
            where r.first_accepted
            group by r.created_by_user_id
        ) o
    )
    select jsonb_build_object(
        'recorded', count(*),
        'accepted', count(*) filter (where r.outcome = 'accepted'),
        'fenced', cardinality(p_send_ids) - count(*),
        'sent_twice', count(*) filter (where r.newly_accepted and r.accepted_attempts & (r.accepted_attempts - 1) <> 0),
        'chunks_opened', (select count(*) from opened),
        'outcomes_noted', (select count(*) from noted)
    ) into v_counts
    from recorded r;
    perform ddp.release_email_results(p_calls, p_send_ids, p_attempts, p_outcomes)
    where (v_counts ->> 'fenced')::bigint > 0;
    return v_counts - '{chunks_opened,outcomes_noted}'::text[];
end
$$;
comment on function ddp.record_email_results(
    uuid[], uuid[], smallint[], text[], text[], text[], text[], timestamptz[]
) is
    'Records the results of calls, and ends them. Outcomes: accepted (with the provider''s message id), failed (will never '
    'be accepted), retry (certainly not accepted: pending again, not before retry_at; no attempt is used up), unknown.';
revoke all on function ddp.record_email_results(
    uuid[], uuid[], smallint[], text[], text[], text[], text[], timestamptz[]
) from public, anon, authenticated, service_role;
grant execute on function ddp.record_email_results(
    uuid[], uuid[], smallint[], text[], text[], text[], text[], timestamptz[]
) to service_role;
