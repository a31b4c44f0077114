-- requires: policies/sending.sql
-- Chunks that have become due, or will be. Whoever makes one due tells its bucket, or no claim would look there. Senders of
-- buckets are locked before chunks: claims do so too.

create or replace function ddp.tell_buckets(
    p_buckets text[], p_senders uuid[], p_channels public.message_channel[], p_due_at timestamptz[]
) returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.rate_buckets (bucket, channel, per_second, tokens)
    select distinct g.bucket, g.channel, 1, 1
    from unnest(p_buckets, p_channels) g (bucket, channel)
    on conflict do nothing;
    insert into ddp.bucket_senders as b (bucket, sender_user_id, channel, due_at)
    select g.bucket, g.sender_user_id, g.channel, min(g.due_at)
    from unnest(p_buckets, p_senders, p_channels, p_due_at) g (bucket, sender_user_id, channel, due_at)
    group by g.bucket, g.sender_user_id, g.channel
    order by g.bucket, g.sender_user_id
    on conflict (bucket, sender_user_id) do update set due_at = excluded.due_at
    where b.due_at is null or b.due_at > excluded.due_at;
$$;
comment on function ddp.tell_buckets(text[], uuid[], public.message_channel[], timestamptz[]) is
    'Records that these senders have something due in these buckets, at these times. Parallel arrays.';

create or replace function ddp.tell_buckets_of_new_chunks() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    perform ddp.tell_buckets(
        array_agg(c.bucket::text), array_agg(c.sender_user_id), array_agg(c.channel), array_agg(c.due_at)
    )
    from new_chunks c
    where c.due_at is not null
    having count(*) > 0;
    return null;
end
$$;
comment on function ddp.tell_buckets_of_new_chunks() is 'Trigger on send_chunks: new chunks are told to their buckets.';

create or replace function ddp.call_chunks(p_plans uuid[]) returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.tell_buckets(
        array_agg(c.bucket::text), array_agg(c.sender_user_id), array_agg(c.channel), array_agg(c.due_at)
    )
    from ddp.send_chunks c
    where c.send_plan_id = any (p_plans) and c.due_at is not null
    having count(*) > 0;
    with due as materialized (
        select c.send_plan_id, c.chunk_no
        from ddp.send_chunks c
        where c.send_plan_id = any (p_plans) and c.due_at <= now() + interval '1 minute'
        order by c.send_plan_id, c.chunk_no
        for no key update
    )
    update ddp.send_chunks c set queued_at = null
    from due d
    where c.send_plan_id = d.send_plan_id and c.chunk_no = d.chunk_no;
$$;
comment on function ddp.call_chunks(uuid[]) is
    'These plans may be sent (again): tells the buckets of their chunks, and marks due ones as not queued, so that '
    'reconciliation tells the workers within a minute.';

create or replace function ddp.first_due_chunks(p_send_plan_id uuid) returns jsonb
    language sql stable
    set search_path = ''
as $$
    select coalesce(jsonb_agg(c.chunk_no order by c.due_at, c.chunk_no), '[]')
    from (
        select c.chunk_no, c.due_at
        from ddp.send_chunks c
        where c.send_plan_id = p_send_plan_id and c.due_at <= now() + interval '1 minute'
        order by c.due_at, c.chunk_no
        limit 10
    ) c
$$;
comment on function ddp.first_due_chunks(uuid) is
    'The numbers of a plan''s first ten due chunks, for a caller that tells the workers at once.';

create or replace function ddp.open_chunks(p_plans uuid[], p_chunk_nos integer[], p_due_at timestamptz[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.tell_buckets(
        array_agg(c.bucket::text), array_agg(c.sender_user_id), array_agg(c.channel), array_agg(g.due_at)
    )
    from unnest(p_plans, p_chunk_nos, p_due_at) g (send_plan_id, chunk_no, due_at)
    join ddp.send_chunks c on c.send_plan_id = g.send_plan_id and c.chunk_no = g.chunk_no
    having count(*) > 0;
    with given as (
        select g.send_plan_id, g.chunk_no, min(g.due_at) as due_at
        from unnest(p_plans, p_chunk_nos, p_due_at) g (send_plan_id, chunk_no, due_at)
        group by g.send_plan_id, g.chunk_no
    ), locked as materialized (
        select g.*
        from given g
        join ddp.send_chunks c on c.send_plan_id = g.send_plan_id and c.chunk_no = g.chunk_no
        order by c.send_plan_id, c.chunk_no
        for no key update of c
    )
    -- least() skips a null: a chunk in which nothing was pending is due when these are.
    update ddp.send_chunks c set due_at = least(c.due_at, l.due_at), queued_at = null
    from locked l
    where c.send_plan_id = l.send_plan_id and c.chunk_no = l.chunk_no;
end
$$;
comment on function ddp.open_chunks(uuid[], integer[], timestamptz[]) is
    'Recipients of these chunks are pending again, from these times on. Parallel arrays, one entry per recipient or chunk. '
    'Without queued_at, reconciliation sends a hint as soon as they are due.';

revoke all on function
    ddp.tell_buckets(text[], uuid[], public.message_channel[], timestamptz[]), ddp.tell_buckets_of_new_chunks(),
    ddp.call_chunks(uuid[]), ddp.first_due_chunks(uuid), ddp.open_chunks(uuid[], integer[], timestamptz[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.tell_buckets(text[], uuid[], public.message_channel[], timestamptz[]), ddp.tell_buckets_of_new_chunks(),
    ddp.call_chunks(uuid[]), ddp.open_chunks(uuid[], integer[], timestamptz[])
    to service_role;
