-- requires: views/ddp_sendable_plans.sql, policies/send_exports.sql
-- Work that no queue has a message about.

create or replace function ddp.waiting_work(p_channel public.message_channel, p_limit integer) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select jsonb_build_object(
        'plans', (
            select coalesce(jsonb_agg(p.send_plan_id), '[]')
            from public.send_plans p
            where p.planned_at is null and p.failed_at is null and p.cancelled_at is null and p.channel = p_channel
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
                from ddp.sendable_plans p
                join ddp.send_chunks c on c.send_plan_id = p.send_plan_id
                where p.channel = p_channel and c.due_at <= now() + interval '1 minute'
                    and (c.queued_at is null or c.queued_at < now() - interval '20 minutes')
                order by c.due_at, c.send_plan_id, c.chunk_no
                limit p_limit
            ) w
        ),
        'exports', (
            select coalesce(jsonb_agg(x.send_export_id), '[]')
            from public.send_exports x
            join public.send_plans p on p.send_plan_id = x.send_plan_id and p.channel = p_channel
            where x.state = 'pending' and coalesce(x.queued_at, x.created_at - interval '20 minutes')
                < now() - interval '20 minutes'
        )
    )
$$;
comment on function ddp.waiting_work(public.message_channel, integer) is
    'Plans, due chunks (at most p_limit) and exports of a channel without a queue message. Then call ddp.mark_work_queued().';

create or replace function ddp.mark_work_queued(p_work jsonb) returns void
    language sql volatile
    set search_path = ''
as $$
    with locked as materialized (
        select p.send_plan_id
        from jsonb_array_elements_text(p_work -> 'plans') w (send_plan_id)
        join public.send_plans p on p.send_plan_id = w.send_plan_id::uuid
        order by p.send_plan_id
        for no key update of p
    )
    update public.send_plans p set queued_at = now()
    from locked l
    where p.send_plan_id = l.send_plan_id;
    with locked as materialized (
        select c.send_plan_id, c.chunk_no
        from jsonb_to_recordset(p_work -> 'chunks') w (send_plan_id uuid, chunk_no integer)
        join ddp.send_chunks c on c.send_plan_id = w.send_plan_id and c.chunk_no = w.chunk_no
        order by c.send_plan_id, c.chunk_no
        for no key update of c
    )
    update ddp.send_chunks c set queued_at = now()
    from locked l
    where c.send_plan_id = l.send_plan_id and c.chunk_no = l.chunk_no;
    update public.send_exports x set queued_at = now()
    where x.send_export_id in (select v::uuid from jsonb_array_elements_text(p_work -> 'exports') v);
$$;
comment on function ddp.mark_work_queued(jsonb) is 'Records that the queues have taken messages about this work.';
revoke all on function ddp.waiting_work(public.message_channel, integer), ddp.mark_work_queued(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function ddp.waiting_work(public.message_channel, integer), ddp.mark_work_queued(jsonb)
    to service_role;
