-- Chunks and the queue's messages about them.

-- name: put_off
update ddp.send_chunks c
-- In the future: until then a message about it is on its way, and another one need not be.
set queued_at = clock_timestamp() + %(delay)s
from public.send_plans p
join public.campaigns g on g.campaign_id = p.campaign_id
where c.send_plan_id = %(send_plan_id)s and c.chunk_no = %(chunk_no)s and p.send_plan_id = c.send_plan_id
    and p.paused_at is null and p.cancelled_at is null and p.failed_at is null and g.campaign_status = 'active'
    and c.due_at <= clock_timestamp() + interval '15 minutes'
    and (c.queued_at is null or c.queued_at <= clock_timestamp())
returning c.sender_user_id
