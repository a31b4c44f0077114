-- name: due_soon
-- Chunks that the planner sends hints about: of each so many, in the order in which they are due, the first. Hints of chunks
-- that are spread over time come in steps of 15 seconds, or each would be a request to the queue of its own.
select d.chunk_no, ceil(d.seconds / d.step)::integer * d.step as delay
from (
    select c.chunk_no, greatest(0, extract(epoch from c.due_at - now())) as seconds,
        row_number() over (order by c.due_at, c.chunk_no) as place,
        case when p.spread_over is null then 1 else 10 end as chunks_per_hint,
        case when p.spread_over is null then 1 else 15 end as step
    from ddp.send_chunks c
    join public.send_plans p on p.send_plan_id = c.send_plan_id
    where c.send_plan_id = %(send_plan_id)s and c.chunk_no > %(after_chunk_no)s
        and c.due_at <= now() + interval '15 minutes'
) d
where mod(d.place - 1, d.chunks_per_hint) = 0
order by delay, d.place;

-- name: mark_queued
-- Records that the queue has hints about these chunks.
update ddp.send_chunks set queued_at = now()
where send_plan_id = %(send_plan_id)s and chunk_no = any (%(chunk_nos)s);

-- name: put_off
-- Reserves the one delayed hint of a chunk, however many workers wait for it.
update ddp.send_chunks c
-- A time in the future: until then a hint is on its way, and nobody sends another.
set queued_at = clock_timestamp() + %(delay)s
from ddp.sendable_plans p
where c.send_plan_id = %(send_plan_id)s and c.chunk_no = %(chunk_no)s and p.send_plan_id = c.send_plan_id
    and c.due_at <= clock_timestamp() + interval '15 minutes'
    and (c.queued_at is null or c.queued_at <= clock_timestamp())
returning c.sender_user_id;
