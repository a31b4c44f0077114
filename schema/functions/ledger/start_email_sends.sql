-- requires: functions/expand_not_before.sql
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
begin
    -- A pause, a cancellation or the end of the campaign either waits for this transaction or is seen by it. Never the
    -- bucket's lock: claims would wait for it.
    perform from public.send_plans p
    join public.campaigns g on g.campaign_id = p.campaign_id
    where p.send_plan_id in (select c.send_plan_id from ddp.send_calls c where c.send_call_id = any (p_calls))
    order by p.send_plan_id
    for share;
    v_now := clock_timestamp();

    -- A statement of its own, and so with a snapshot of its own: it sees suppressions committed until now.
    return query
    with started as (
        -- Only under a live lease, and only once.
        update ddp.send_calls c set started_at = v_now, leased_until = v_now + p_lease
        where c.send_call_id = any (p_calls) and c.channel = 'email' and c.started_at is null and c.ended_at is null
            and c.leased_until > v_now
        returning c.send_call_id, c.send_plan_id
    ), judged as materialized (
        -- Rows of a call under a live lease are its worker's: only those that are held back are locked, below.
        select
            s.email_send_id, s.send_call_id, c.send_plan_id, quiet.allowed_at,
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
        from started c
        join public.email_sends s on s.send_call_id = c.send_call_id and s.status = 'sending'
        join public.send_plans p on p.send_plan_id = c.send_plan_id
        join public.campaigns g on g.campaign_id = p.campaign_id
        left join public.senders sender on sender.user_id = p.created_by_user_id and sender.channel = 'email'
        cross join lateral (
            select case when p.quiet_from is not null then ddp.expand_not_before(
                v_now, coalesce(s.time_zone, p.time_zone), p.quiet_from, p.quiet_until
            ) end as allowed_at
        ) quiet
    ), locked as materialized (
        select j.*
        from judged j
        join public.email_sends s on s.email_send_id = j.email_send_id
        where j.verdict <> 'sending' and s.status = 'sending' and s.send_call_id = j.send_call_id
        order by s.email_send_id
        for no key update of s
    ), held as (
        update public.email_sends s
        set status = l.verdict, send_call_id = null,
            not_before = case l.verdict when 'pending' then coalesce(l.allowed_at, s.not_before) else s.not_before end
        from locked l
        where s.email_send_id = l.email_send_id
        returning l.send_plan_id, s.chunk_no, s.not_before, s.status
    ), waiting as (
        -- Without queued_at, reconciliation sends a hint as soon as it is due again.
        update ddp.send_chunks c set due_at = least(c.due_at, w.due_at), queued_at = null
        from (
            select h.send_plan_id, h.chunk_no, min(h.not_before) as due_at
            from held h
            where h.status = 'pending'
            group by h.send_plan_id, h.chunk_no
        ) w
        where c.send_plan_id = w.send_plan_id and c.chunk_no = w.chunk_no
    )
    select c.send_call_id, array_agg(j.email_send_id) filter (where j.verdict = 'sending')
    from started c
    left join judged j on j.send_call_id = c.send_call_id
    group by c.send_call_id;

    -- Calls that nobody is left in are not made.
    update ddp.send_calls c set ended_at = v_now
    where c.send_call_id = any (p_calls) and c.started_at = v_now
        and not exists (
            select from public.email_sends s where s.send_call_id = c.send_call_id and s.status = 'sending'
        );
end
$$;
comment on function ddp.start_email_sends(uuid[], interval) is
    'Marks calls as started and returns them, each with the recipients that may go. Commit it just before calling the '
    'provider, and send to no other recipient: the others were suppressed, paused, cancelled, or are in quiet hours, and '
    'are settled here. A call that is not returned must not be made: its lease has ended. p_lease must be longer than a '
    'call can take.';
revoke all on function ddp.start_email_sends(uuid[], interval) from public, anon, authenticated, service_role;
grant execute on function ddp.start_email_sends(uuid[], interval) to service_role;
