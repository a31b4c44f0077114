-- requires: functions/expire_send_calls.sql, functions/claim_email_sends.sql, functions/control_email_campaign.sql
-- Runs every minute, so that nothing waits for a lost queue message and plans complete by themselves.

create or replace function ddp.retry_silent_unknowns() returns bigint
    language sql volatile
    set search_path = ''
as $$
    with silent as materialized (
        select s.email_send_id, p.send_plan_id
        from public.email_sends s
        join public.send_plans p on p.email_campaign_id = s.email_campaign_id
        where s.status = 'unknown' and p.unknown_policy = 'retry' and p.cancelled_at is null
            and s.unknown_at < now() - p.unknown_retry_after and s.attempt < 30
        order by s.email_send_id
        limit 10000
        for no key update of s skip locked
    ), retried as (
        update public.email_sends s
        set status = 'pending', attempt = s.attempt + 1, send_call_id = null, unknown_at = null
        from silent x
        where s.email_send_id = x.email_send_id
        returning x.send_plan_id, s.chunk_no, s.not_before
    ), waiting as (
        update ddp.send_chunks c set due_at = least(c.due_at, w.due_at), queued_at = null
        from (
            select r.send_plan_id, r.chunk_no, min(r.not_before) as due_at from retried r group by 1, 2
        ) w
        where c.send_plan_id = w.send_plan_id and c.chunk_no = w.chunk_no
    )
    select count(*) from retried
$$;
comment on function ddp.retry_silent_unknowns() is
    'Opens another attempt for unknown messages of plans whose policy is `retry`, after their silence. Can duplicate.';

create or replace function ddp.complete_email_plans(p_price_per_thousand numeric) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with done as (
        update public.send_plans p set completed_at = now()
        where p.send_plan_id in (
            select o.send_plan_id
            from public.send_plans o
            where o.completed_at is null and o.failed_at is null and o.email_campaign_id is not null
                and (o.planned_at is not null or o.cancelled_at is not null)
                and not exists (
                    select from public.email_sends s
                    where s.created_by_user_id = o.created_by_user_id and s.email_campaign_id = o.email_campaign_id
                        and (
                            s.status in ('pending', 'sending')
                            or s.status = 'unknown' and o.unknown_policy = 'retry' and s.attempt < 30
                            and o.cancelled_at is null
                        )
                )
            for no key update skip locked
        )
        returning p.*
    ), spent as (
        select d.*, round(a.accepted * p_price_per_thousand / 1000, 2) - b.booked as amount, a.accepted
        from done d
        cross join lateral (
            select count(*) as accepted
            from public.email_sends s
            where s.email_campaign_id = d.email_campaign_id and s.accepted_attempts <> 0
        ) a
        cross join lateral (
            select coalesce(sum(e.amount), 0) as booked
            from public.campaign_expenses e
            where e.send_plan_id = d.send_plan_id
        ) b
    ), booked as (
        insert into public.campaign_expenses (campaign_id, amount, description, created_by_user_id, send_plan_id)
        select campaign_id, amount, format('E-mail to %s recipients', accepted), created_by_user_id, send_plan_id
        from spent
        where amount <> 0
    )
    select count(*) from done
$$;
comment on function ddp.complete_email_plans(numeric) is
    'Completes plans with nothing pending or sending and no unknown that will be retried; held unknowns stay visible. '
    'Books the cost of accepted messages as an expense of the campaign.';

create or replace function ddp.waiting_email_work(p_limit integer) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object(
        'plans', (
            select coalesce(jsonb_agg(p.send_plan_id), '[]')
            from public.send_plans p
            where p.planned_at is null and p.failed_at is null and p.cancelled_at is null
                and p.email_campaign_id is not null
                -- A target audience is read when the time comes, which in some time zones is a day earlier.
                and (
                    p.audience ->> 'source' <> 'target_audience'
                    or p.scheduled_at <= now() + case when p.in_recipient_time_zone then interval '26 hours' else '0' end
                )
                and (p.queued_at is null or p.queued_at < now() - interval '20 minutes')
        ),
        'chunks', (
            select coalesce(jsonb_agg(to_jsonb(w)), '[]')
            from (
                select c.send_plan_id, c.chunk_no, c.sender_user_id
                from public.send_plans p
                join public.campaigns g on g.campaign_id = p.campaign_id
                join ddp.send_chunks c on c.send_plan_id = p.send_plan_id
                left join public.senders s on s.user_id = p.created_by_user_id and s.channel = 'email'
                where p.completed_at is null and p.cancelled_at is null and p.failed_at is null
                    and p.paused_at is null and p.email_campaign_id is not null
                    and g.campaign_status = 'active' and s.paused_at is null
                    and c.due_at <= now() + interval '1 minute'
                    and (c.queued_at is null or c.queued_at < now() - interval '20 minutes')
                order by c.due_at, c.send_plan_id, c.chunk_no
                limit p_limit
            ) w
        ),
        'tests', (
            select coalesce(jsonb_agg(t.email_test_send_id), '[]')
            from public.email_test_sends t
            where t.ended_at is null and t.started_at is null
                and coalesce(t.queued_at, t.created_at) < now() - interval '1 minute'
        ),
        'exports', (
            select coalesce(jsonb_agg(x.send_export_id), '[]')
            from public.send_exports x
            where x.state = 'pending' and coalesce(x.queued_at, x.created_at - interval '20 minutes')
                < now() - interval '20 minutes'
        )
    )
$$;
comment on function ddp.waiting_email_work(integer) is
    'Plans, due chunks, test sends and exports without a queue message. Then call ddp.mark_email_work_queued().';

create or replace function ddp.mark_email_work_queued(p_work jsonb) returns void
    language sql volatile
    set search_path = ''
as $$
    update public.send_plans p set queued_at = now()
    where p.send_plan_id in (select v::uuid from jsonb_array_elements_text(p_work -> 'plans') v);
    update ddp.send_chunks c set queued_at = now()
    from jsonb_to_recordset(p_work -> 'chunks') w (send_plan_id uuid, chunk_no integer)
    where c.send_plan_id = w.send_plan_id and c.chunk_no = w.chunk_no;
    update public.email_test_sends t set queued_at = now()
    where t.email_test_send_id in (select v::uuid from jsonb_array_elements_text(p_work -> 'tests') v);
    update public.send_exports x set queued_at = now()
    where x.send_export_id in (select v::uuid from jsonb_array_elements_text(p_work -> 'exports') v);
$$;
comment on function ddp.mark_email_work_queued(jsonb) is 'Records that the queues have taken messages about this work.';

create or replace function ddp.reconcile_email(p_price_per_thousand numeric) returns jsonb
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_expired constant jsonb := ddp.expire_send_calls();
    v_retried constant bigint := ddp.retry_silent_unknowns();
    v_completed bigint;
begin
    -- Pending rows that a cancellation left over, or that a call or an ended lease returned to a cancelled plan.
    perform ddp.cancel_pending_email_sends(p.send_plan_id, 20000)
    from public.send_plans p
    where p.cancelled_at is not null and p.completed_at is null and p.email_campaign_id is not null;
    v_completed := ddp.complete_email_plans(p_price_per_thousand);
    update public.email_campaigns e set sent_at = p.started_at
    from public.send_plans p
    where p.email_campaign_id = e.email_campaign_id and p.started_at is not null and e.sent_at is null;
    -- A test send that a worker did not finish is not repeated: it may have been sent.
    update public.email_test_sends t
    set status = 'unknown', ended_at = now(), failure_reason = 'The worker ended before it knew the result.'
    where t.ended_at is null and t.started_at < now() - interval '15 minutes';
    return v_expired || jsonb_build_object(
        'retried', v_retried,
        'completed', v_completed,
        'held_unknown', (
            select count(*)
            from public.email_sends s
            join public.send_plans p on p.email_campaign_id = s.email_campaign_id
            where s.status = 'unknown'
                and not (p.unknown_policy = 'retry' and s.attempt < 30 and p.cancelled_at is null)
        ),
        'sent_twice', (
            select count(*) from public.email_sends s where s.accepted_attempts & (s.accepted_attempts - 1) <> 0
        ),
        'oldest_due_seconds', (
            select coalesce(extract(epoch from now() - min(d.ready_at)), 0) from ddp.due_email_chunks(now()) d
        )
    );
end
$$;
comment on function ddp.reconcile_email(numeric) is
    'Every minute: ends leases, retries by policy, completes plans; returns counts, and the figures that alarms read.';
revoke all on function
    ddp.retry_silent_unknowns(), ddp.complete_email_plans(numeric), ddp.waiting_email_work(integer),
    ddp.mark_email_work_queued(jsonb), ddp.reconcile_email(numeric)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.retry_silent_unknowns(), ddp.complete_email_plans(numeric), ddp.waiting_email_work(integer),
    ddp.mark_email_work_queued(jsonb), ddp.reconcile_email(numeric)
    to service_role;
