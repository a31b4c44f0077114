-- name: reconcile
-- Repairs what workers left behind, in all plans.
select ddp.reconcile_email();

-- name: book_costs
-- Books what completed plans cost.
select ddp.book_email_costs(%(price_per_thousand)s);

-- name: pause_unhealthy_senders
-- Pauses senders who endanger the whole account.
select user_id::text, pause_code, pause_reason from ddp.pause_unhealthy_senders();

-- name: waiting_work
-- Work that no queue has a hint about.
select ddp.waiting_work('email', %(limit)s);

-- name: mark_queued
-- Records that the queues have hints about this work.
select ddp.mark_work_queued(%(work)s);
