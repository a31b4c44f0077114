-- name: hold
-- Holds a sender for this worker; slow content does so for every worker of the next hour.
select ddp.hold_sender(%(bucket)s, %(sender)s, %(worker)s, %(is_slow)s);

-- name: free
-- Ends this worker's hold on a sender.
select ddp.free_sender(%(bucket)s, %(sender)s, %(worker)s);

-- name: note_slow
-- Counts messages that took too long; too many fail the plan.
select ddp.note_slow_email_content(%(send_plan_id)s, %(messages)s, %(reason)s);

-- name: set_aside
-- Fails a plan whose content cannot be used.
select ddp.set_aside_email_plan(%(send_plan_id)s, %(reason)s, false);

-- name: cancel_pending
-- Cancels pending recipients of a plan that has failed; reconciliation cancels the rest.
select ddp.cancel_pending_email_sends(%(send_plan_id)s, %(limit)s);
