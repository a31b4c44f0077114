-- name: due_soon
-- Chunks that the planner sends hints about.
select c.chunk_no, greatest(0, ceil(extract(epoch from c.due_at - now())))::integer as delay
from ddp.send_chunks c
where c.send_plan_id = %(send_plan_id)s and c.chunk_no > %(after_chunk_no)s
    and c.due_at <= now() + interval '15 minutes'
order by c.due_at, c.chunk_no;

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
