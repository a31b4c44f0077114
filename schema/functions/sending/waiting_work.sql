-- requires: views/ddp_sendable_plans.sql, policies/send_exports.sql, policies/sending.sql, functions/standstill.sql, functions/next_chunk.sql
-- Work that is due and that nobody holds. A queue may have lost its message, or hide it for as long as a killed worker could
-- have run: no queue is believed for longer than ddp.hint_is_believed says.

create or replace function ddp.hint_is_believed(p_queued_at timestamptz) returns boolean
    language sql stable
    set search_path = ''
    -- One pass of reconciliation later these and its minute are less than 90 seconds. In the future: a failed message that
    -- comes again then.
    return coalesce(p_queued_at > now() - interval '25 seconds', false);
comment on function ddp.hint_is_believed(timestamptz) is 'Whether a message that was sent then may still be on its way.';

create or replace function ddp.waiting_chunks(p_channel public.message_channel, p_limit integer)
    returns table (send_plan_id uuid, chunk_no integer, sender_user_id uuid)
    language sql stable
    set search_path = ''
as $$
    (
        select w.send_plan_id, w.chunk_no, w.sender_user_id
        from (
            select c.send_plan_id, c.chunk_no, c.sender_user_id, c.due_at,
                -- Chunks that are spread over time are a tenth as large: a hint for ten of them.
                case when o.spread_over is not null
                    then row_number() over (partition by c.send_plan_id order by c.due_at, c.chunk_no) % 10 else 1 end as place
            from ddp.sendable_plans p
            join public.send_plans o on o.send_plan_id = p.send_plan_id
            join ddp.send_chunks c on c.send_plan_id = p.send_plan_id
            where p.channel = p_channel and c.due_at <= now() + interval '1 minute' and c.queued_at is null
        ) w
        where w.place = 1
        order by w.due_at, w.send_plan_id, w.chunk_no
        limit p_limit
    )
    union all
    -- A worker goes on with whatever is due in any bucket, so a few hints for each are enough to wake the workers, however
    -- many chunks wait behind others. What waits for tokens needs no hint: who waits for them has put off its own.
    select again.*
    from ddp.rate_buckets b
    cross join lateral (
        select c.send_plan_id, c.chunk_no, c.sender_user_id
        from ddp.send_chunks c
        join ddp.sendable_plans p on p.send_plan_id = c.send_plan_id
        left join public.senders s on s.user_id = c.sender_user_id and s.channel = c.channel
        where c.bucket = b.bucket and c.due_at <= now()
            -- In the future: put off until there are tokens, and there are some.
            and (c.queued_at > now() or not ddp.hint_is_believed(c.queued_at)) and c.queued_at is not null
            and coalesce(ddp.sender_allowance(s), 1) >= 1
        order by c.queued_at, c.send_plan_id, c.chunk_no
        limit 10
    ) again
    where b.channel = p_channel and ddp.bucket_wait(ddp.filled(b, clock_timestamp())) = 0
$$;
comment on function ddp.waiting_chunks(public.message_channel, integer) is
    'Due chunks that nobody was told of, at most p_limit, and up to ten per bucket with tokens that are due although '
    'somebody was told of them.';

create or replace function ddp.waiting_work(p_channel public.message_channel, p_limit integer) returns jsonb
    language sql volatile
    set search_path = ''
as $$
    select jsonb_build_object(
        'plans', (
            select coalesce(jsonb_agg(w.send_plan_id), '[]')
            from (
                select p.send_plan_id
                from public.send_plans p
                where p.planned_at is null and p.failed_at is null and p.cancelled_at is null and p.channel = p_channel
                    and ddp.planning_stands_since(p) is not null and not ddp.hint_is_believed(p.queued_at)
                order by p.queued_at nulls first, p.send_plan_id
                limit 100
            ) w
        ),
        'forecasts', (
            select coalesce(jsonb_agg(w.send_forecast_id), '[]')
            from (
                select f.send_forecast_id
                from ddp.send_forecasts f
                where f.state = 'pending' and f.channel = p_channel
                    and coalesce(f.leased_until < clock_timestamp(), true) and not ddp.hint_is_believed(f.queued_at)
                order by f.queued_at nulls first, f.send_forecast_id
                limit 100
            ) w
        ),
        'chunks', (
            select coalesce(jsonb_agg(to_jsonb(w) || jsonb_build_object('request_id', p.request_id)), '[]')
            from ddp.waiting_chunks(p_channel, p_limit) w
            join public.send_plans p on p.send_plan_id = w.send_plan_id
        ),
        'exports', (
            select coalesce(jsonb_agg(w.send_export_id), '[]')
            from (
                -- Whoever writes the file holds the row's lock, which ends with the worker's connection.
                select x.send_export_id
                from public.send_exports x
                join public.send_plans p on p.send_plan_id = x.send_plan_id and p.channel = p_channel
                where x.state = 'pending' and not ddp.hint_is_believed(x.queued_at)
                order by x.queued_at nulls first, x.send_export_id
                limit 100
                for update of x skip locked
            ) w
        )
    )
$$;
comment on function ddp.waiting_work(public.message_channel, integer) is
    'Plans, forecasts and exports (at most 100 each) and chunks (with the ids of their requests) of a channel that are due and that nobody is at work on. Then call '
    'ddp.mark_work_queued(): a message that meets this function''s lock on its export ends without work.';

create or replace function ddp.mark_work_queued(p_work jsonb) returns void
    language sql volatile
    set search_path = ''
as $$
    with locked as materialized (
        select p.send_plan_id
        from jsonb_array_elements_text(p_work -> 'plans') w (send_plan_id)
        join public.send_plans p on p.send_plan_id = w.send_plan_id::uuid
        order by p.send_plan_id
        for no key update of p skip locked  -- somebody is at work on it
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
    with locked as materialized (
        select x.send_export_id
        from jsonb_array_elements_text(p_work -> 'exports') w (send_export_id)
        join public.send_exports x on x.send_export_id = w.send_export_id::uuid
        order by x.send_export_id
        for no key update of x skip locked  -- a worker has begun already, and holds it for minutes
    )
    update public.send_exports x set queued_at = now()
    from locked l
    where x.send_export_id = l.send_export_id;
    with locked as materialized (
        select f.send_forecast_id
        from jsonb_array_elements_text(p_work -> 'forecasts') w (send_forecast_id)
        join ddp.send_forecasts f on f.send_forecast_id = w.send_forecast_id::uuid
        order by f.send_forecast_id
        for no key update of f skip locked  -- somebody is at work on it
    )
    update ddp.send_forecasts f set queued_at = now()
    from locked l
    where f.send_forecast_id = l.send_forecast_id;
$$;
comment on function ddp.mark_work_queued(jsonb) is 'Records that the queues have taken messages about this work.';
revoke all on function
    ddp.hint_is_believed(timestamptz), ddp.waiting_chunks(public.message_channel, integer),
    ddp.waiting_work(public.message_channel, integer), ddp.mark_work_queued(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.hint_is_believed(timestamptz), ddp.waiting_chunks(public.message_channel, integer),
    ddp.waiting_work(public.message_channel, integer), ddp.mark_work_queued(jsonb)
    to service_role;
