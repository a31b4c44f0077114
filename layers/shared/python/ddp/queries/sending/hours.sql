-- name: times
-- When recipients in each of these time zones may get the plan's message.
select z.zone, k.known, ddp.recipient_not_before(p, coalesce(k.known, p.time_zone)) as not_before
from unnest(%(zones)s::text[]) z (zone)
cross join lateral (select case when ddp.is_time_zone(z.zone) then z.zone end as known) k
cross join ddp.frozen_plan(%(send_plan_id)s) p;
