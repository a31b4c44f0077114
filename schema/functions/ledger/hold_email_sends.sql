-- twin: sms (hold_sms_sends)
-- requires: functions/due_chunks.sql, policies/email_sends.sql, policies/send_plans.sql
-- Recipients who may not get their message now: found when they are claimed, and once more in the statement that commits
-- that their call starts.

drop function if exists ddp.hold_email_sends(uuid[], public.email_send_status[], timestamptz[]);
drop function if exists ddp.hold_email_sends(uuid[], public.email_send_status[], timestamptz[], text);
create or replace function ddp.hold_email_sends(
    p_email_send_ids uuid[], p_verdicts public.email_send_status[], p_allowed_at timestamptz[],
    p_codes text[] default null
) returns void
    language sql volatile
    set search_path = ''
as $$
    with given as (
        select g.email_send_id, g.verdict, g.allowed_at, g.code
        from unnest(p_email_send_ids, p_verdicts, p_allowed_at, p_codes) g (email_send_id, verdict, allowed_at, code)
    ), locked as materialized (
        select given.*
        from given
        join public.email_sends s on s.email_send_id = given.email_send_id
        where s.status in ('pending', 'sending')
        order by s.email_send_id
        for no key update of s
    ), held as (
        update public.email_sends s
        set status = l.verdict, send_call_id = null,
            not_before = case l.verdict when 'pending' then coalesce(l.allowed_at, s.not_before) else s.not_before end,
            failure_code = case when l.code is not null or l.verdict = 'missed' then l.code else s.failure_code end,
            failure_reason = case
                -- Not whose cap: the platform's would say that others wrote to this recipient.
                when l.code = 'frequency-cap' then 'The recipient has had as many messages as a frequency cap allows.'
                when l.code = 'no-consent' then 'The recipient''s consent was withdrawn after the message was planned.'
                when l.verdict <> 'missed' then s.failure_reason
            end
        from locked l
        where s.email_send_id = l.email_send_id
        returning s.email_campaign_id, s.chunk_no, s.not_before, s.status
    )
    select ddp.open_chunks(array_agg(p.send_plan_id), array_agg(h.chunk_no), array_agg(h.not_before))
    from held h
    join public.send_plans p on p.email_campaign_id = h.email_campaign_id
    where h.status = 'pending'
    having count(*) > 0
$$;
comment on function ddp.hold_email_sends(uuid[], public.email_send_status[], timestamptz[], text[]) is
    'Settles recipients as judged: cancelled, suppressed, missed, or pending until they may get the message. Parallel arrays. '
    'p_codes: why they are missed or suppressed; null: it is too late, or the address is suppressed.';
revoke all on function ddp.hold_email_sends(uuid[], public.email_send_status[], timestamptz[], text[])
    from public, anon, authenticated, service_role;
grant execute on function ddp.hold_email_sends(uuid[], public.email_send_status[], timestamptz[], text[]) to service_role;
