-- twin: sms (start_sms_sends)
-- requires: functions/expand_not_before.sql, functions/hold_email_sends.sql, functions/note_deaths.sql
-- requires: policies/suppressions.sql
-- The last look before a provider call. A lease lasts minutes: a recipient who was suppressed in between, or whose send
-- was paused or cancelled, gets no message.

create or replace function ddp.start_email_sends(p_calls uuid[], p_lease interval)
    returns table (send_call_id uuid, email_send_ids uuid[])
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
declare
    v_now timestamptz;
    v_started uuid[];
    v_going record;
begin
    -- A pause, a cancellation or the end of the campaign either waits for this transaction or is seen by it. Never the
    -- bucket's lock: claims would wait for it.
    perform from public.send_plans p
    join public.campaigns g on g.campaign_id = p.campaign_id
    where p.send_plan_id in (select c.send_plan_id from ddp.send_calls c where c.send_call_id = any (p_calls))
    order by p.send_plan_id
    for share;
    v_now := clock_timestamp();
    -- Only under a live lease, and only once.
    with started as (
        update ddp.send_calls c set started_at = v_now, leased_until = v_now + p_lease
        where c.send_call_id = any (p_calls) and c.channel = 'email' and c.started_at is null and c.ended_at is null
            and c.leased_until > v_now
        returning c.send_call_id
    )
    select array_agg(s.send_call_id) into v_started from started s;
    perform ddp.clear_deaths(v_started);

    -- A statement of its own, and so with a snapshot of its own: it sees suppressions committed until now. Rows of a call
    -- under a live lease are its worker's: only those that are held back are locked, below.
    with judged as materialized (
        select
            s.email_send_id, s.send_call_id, quiet.allowed_at,
            case
                when p.cancelled_at is not null or p.failed_at is not null then 'cancelled'
                when exists (
                    select from public.suppressions x
                    where x.address_hash = s.recipient_hash and x.channel = 'email'
                        and (x.owner_user_id is null or x.owner_user_id = p.created_by_user_id)
                ) then 'suppressed'
                when p.paused_at is not null or g.campaign_status <> 'active' or sender.paused_at is not null
                    or quiet.allowed_at > v_now then 'pending'
                else 'sending'
            end::public.email_send_status as verdict
        from unnest(v_started) started (send_call_id)
        join ddp.send_calls c on c.send_call_id = started.send_call_id
        join public.email_sends s on s.send_call_id = c.send_call_id and s.status = 'sending'
        join public.send_plans p on p.send_plan_id = c.send_plan_id
        join public.campaigns g on g.campaign_id = p.campaign_id
        left join public.senders sender on sender.user_id = p.created_by_user_id and sender.channel = 'email'
        cross join lateral (
            select case when p.quiet_from is not null then ddp.expand_not_before(
                v_now, coalesce(s.time_zone, p.time_zone), p.quiet_from, p.quiet_until
            ) end as allowed_at
        ) quiet
    )
    select
        array_agg(j.send_call_id) filter (where j.verdict = 'sending') as calls,
        array_agg(j.email_send_id) filter (where j.verdict = 'sending') as ids,
        array_agg(j.email_send_id) filter (where j.verdict <> 'sending') as held_ids,
        array_agg(j.verdict) filter (where j.verdict <> 'sending') as held_verdicts,
        array_agg(j.allowed_at) filter (where j.verdict <> 'sending') as held_until
    into v_going
    from judged j;
    if v_going.held_ids is not null then
        perform ddp.hold_email_sends(v_going.held_ids, v_going.held_verdicts, v_going.held_until);
    end if;
    -- Calls that nobody is left in are not made.
    update ddp.send_calls c set ended_at = v_now
    where c.send_call_id = any (v_started) and c.send_call_id <> all (coalesce(v_going.calls, '{}'));
    return query
    select started.send_call_id, array_agg(going.email_send_id) filter (where going.email_send_id is not null)
    from unnest(v_started) started (send_call_id)
    left join unnest(v_going.calls, v_going.ids) going (send_call_id, email_send_id)
        on going.send_call_id = started.send_call_id
    group by started.send_call_id;
end
$$;
comment on function ddp.start_email_sends(uuid[], interval) is
    'Marks calls as started and returns them, each with the recipients that may go. Commit it just before calling the '
    'provider, and send to no other recipient: the others were suppressed, paused, cancelled, or are in quiet hours, and '
    'are settled here. A call that is not returned must not be made: its lease has ended. Renew p_lease while a call '
    'lasts.';
revoke all on function ddp.start_email_sends(uuid[], interval) from public, anon, authenticated, service_role;
grant execute on function ddp.start_email_sends(uuid[], interval) to service_role;
