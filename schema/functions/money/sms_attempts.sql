-- requires: functions/sms_money.sql, policies/sms_sends.sql
-- Attempts that a message's status is not about, and that may have been accepted all the same: an unknown one that was tried
-- again, and one that is in a call when the provider reports an earlier one. Each keeps its own reservation until it is proven
-- that it was accepted, which makes it a charge, or that it was not.

create or replace function ddp.note_unsettled_attempt() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.unsettled_attempts := new.unsettled_attempts | (1 << (old.attempt - 1));
    return new;
end
$$;
comment on function ddp.note_unsettled_attempt() is
    'Trigger on sms_sends: the status leaves an attempt whose result is not known for another attempt.';

create or replace function ddp.sms_to_reserve(p_send public.sms_sends) returns numeric
    language sql stable
    return p_send.price * case
        when p_send.unsettled_attempts = 0 or p_send.budget_month = ddp.sms_month(now()) then 1
        else 1 + bit_count((p_send.unsettled_attempts & ~p_send.accepted_attempts)::bit(32))
    end;
comment on function ddp.sms_to_reserve(public.sms_sends) is
    'US dollars that claiming this message reserves. In another month than that of its earlier attempts, what is reserved for these too: '
    'the month that pays the present attempt pays all.';

create or replace function ddp.release_sms_results(
    p_calls uuid[], p_send_ids uuid[], p_attempts smallint[], p_outcomes text[]
) returns void
    language sql volatile
    set search_path = ''
as $$
    with refused as (
        select g.send_id, g.attempt, 1 << (g.attempt - 1) as bit
        from unnest(p_send_ids, p_attempts, p_outcomes) g (send_id, attempt, outcome)
        where g.outcome in ('failed', 'retry')
    ), locked as materialized (
        select s.sms_send_id, r.bit
        from refused r
        join public.sms_sends s on s.sms_send_id = r.send_id
        -- An attempt may be claimed again, while another worker still gives it back.
        where s.unsettled_attempts & r.bit <> 0 and (s.attempt <> r.attempt or s.send_call_id = any (p_calls))
        order by s.sms_send_id
        for no key update of s
    )
    update public.sms_sends s set unsettled_attempts = s.unsettled_attempts & ~l.bit
    from locked l
    where s.sms_send_id = l.sms_send_id
$$;
comment on function ddp.release_sms_results(uuid[], uuid[], smallint[], text[]) is
    'Releases what is reserved for attempts of these results that were certainly not accepted, of messages whose status is about '
    'another attempt. Parameters as those of ddp.record_sms_results().';

create or replace function ddp.release_sms_calls(p_calls uuid[], p_called uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    with locked as materialized (
        select s.sms_send_id
        from public.sms_sends s
        where s.send_call_id = any (p_calls) and s.unsettled_attempts <> 0
            and s.sms_send_id <> all (coalesce(p_called, '{}'))
            and s.status not in ('sending', 'unknown')
        order by s.sms_send_id
        for no key update of s
    )
    update public.sms_sends s set unsettled_attempts = s.unsettled_attempts & ~(1 << (s.attempt - 1))
    from locked l
    where s.sms_send_id = l.sms_send_id
$$;
comment on function ddp.release_sms_calls(uuid[], uuid[]) is
    'Releases what is reserved for messages of these calls whom nobody calls: all but p_called, because the provider reported an earlier '
    'attempt meanwhile, or the call did not start.';

revoke all on function
    ddp.note_unsettled_attempt(), ddp.sms_to_reserve(public.sms_sends),
    ddp.release_sms_results(uuid[], uuid[], smallint[], text[]), ddp.release_sms_calls(uuid[], uuid[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sms_to_reserve(public.sms_sends), ddp.release_sms_results(uuid[], uuid[], smallint[], text[]),
    ddp.release_sms_calls(uuid[], uuid[])
    to service_role;
