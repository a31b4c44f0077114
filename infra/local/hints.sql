-- name: forget_plans
-- Plans that are not planned yet, as if no queue had a message about them.
update public.send_plans set queued_at = null where queued_at is not null and planned_at is null;

-- name: forget_chunks
-- The same for chunks; locked in the order in which workers lock them.
with locked as materialized (
    select c.send_plan_id, c.chunk_no
    from ddp.send_chunks c
    where c.queued_at is not null
    order by c.send_plan_id, c.chunk_no
    for no key update
)
update ddp.send_chunks c set queued_at = null
from locked l
where c.send_plan_id = l.send_plan_id and c.chunk_no = l.chunk_no;

-- name: forget_exports
-- The same for exports.
update public.send_exports set queued_at = null where queued_at is not null and state = 'pending';

-- name: forget_forecasts
-- The same for forecasts.
update ddp.send_forecasts set queued_at = null where queued_at is not null and state = 'pending';

-- name: forget_analytics_exports
-- Exports of figures.
update public.analytics_exports set queued_at = null where queued_at is not null and state = 'pending';

-- name: forget_product_imports
-- Imports of products, and who had them.
update public.product_imports set queued_at = null, leased_until = null where state = 'pending';

-- name: forget_social_steps
-- Steps of posts; who has one keeps its lease.
update ddp.social_work set queued_until = null where queued_until is not null;

-- name: forget_social_polls
-- Readings of posts that a worker of an earlier run had.
update ddp.social_polls set claimed_by = null, claimed_until = null where claimed_by is not null;
