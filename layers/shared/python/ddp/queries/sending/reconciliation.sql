-- name: reconcile
select ddp.reconcile_email(%(price_per_thousand)s) as counts

-- name: pause_unhealthy_senders
select user_id::text, pause_code, pause_reason from ddp.pause_unhealthy_senders()

-- name: waiting_work
select ddp.waiting_email_work(%(limit)s) as work

-- name: mark_queued
select ddp.mark_email_work_queued(%(work)s)
