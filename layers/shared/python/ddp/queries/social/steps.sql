-- name: due
-- Notes steps that fall due soon as queued, and returns them.
select * from ddp.due_social_steps(%(within)s, %(limit)s);

-- name: begin
-- Leases what of these posts is due, and returns all that a worker needs for it.
select * from ddp.begin_social_steps(%(post_ids)s::uuid[], %(worker)s, %(lease)s);

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
