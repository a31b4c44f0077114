-- name: due
-- Notes steps that fall due soon as queued, and returns them.
select * from ddp.due_social_steps(%(within)s, %(limit)s);

-- name: begin
-- Leases what of these posts is due, and returns all that a worker needs for it. due_in: by the database's clock, which decides
-- whether a post may go out; the worker's may be ahead of it.
select s.*, s.due_at - clock_timestamp() as due_in, p.request_id
from ddp.begin_social_steps(%(post_ids)s::uuid[], %(worker)s, %(lease)s) s
join public.social_posts p on p.post_id = s.post_id;

-- name: renew
-- The heartbeat of a worker.
select ddp.renew_social_leases(%(worker)s, %(lease)s);

-- name: save_checkpoint
-- Keeps how far the work on a post is.
select ddp.save_social_checkpoint(%(post_id)s, %(part_no)s, %(worker)s, %(state)s, %(expires_at)s);

-- name: end
-- Ends steps that can be repeated, and returns those that follow soon.
select * from ddp.end_social_steps(%(worker)s, %(results)s::jsonb, %(within)s);

-- name: take_quota
-- Takes units of a platform's quotas for a call that can be repeated.
select ddp.take_social_quota(%(quotas)s::jsonb);

-- name: reconcile
-- Finds what was left behind.
select ddp.reconcile_social(%(limit)s);

-- name: figures
-- What alarms watch.
select ddp.social_figures();

-- name: blackout
-- The blackout of the brand in which the post of an account would go out, if there is one.
select b.reason, b.ends_at
from ddp.blackout_at(%(campaign_id)s, %(user_id)s, greatest(%(at)s, now())) b
where b.blackout_id is not null;
