-- name: note_deaths
-- Counts workers that died composing, per plan.
select jsonb_build_object('suspected', ddp.note_deaths('email'));

-- name: set_aside
-- Fails plans with which workers keep dying.
select jsonb_build_object('set_aside', ddp.set_aside_deadly_email_plans());

-- name: end_leases
-- Ends the calls of workers that died.
select ddp.expire_email_calls();

-- name: retry_silent
-- Opens another attempt for recipients whose result stayed unknown, where the plan says so.
select jsonb_build_object('retried', ddp.retry_silent_email());

-- name: tell_buckets
-- Tells the buckets of due chunks that they were not told of, or are told to look at later.
select ddp.tell_buckets(
    array_agg(c.bucket::text), array_agg(c.sender_user_id), array_agg(c.channel), array_agg(c.due_at)
)
from ddp.send_chunks c
join ddp.sendable_plans p on p.send_plan_id = c.send_plan_id and p.channel = 'email'
left join ddp.bucket_senders b on b.bucket = c.bucket and b.sender_user_id = c.sender_user_id
where c.due_at is not null and (b.due_at is null or b.due_at > c.due_at)
having count(*) > 0;

-- name: complete
-- Clears cancelled plans, completes plans, and counts what alarms watch.
select ddp.reconcile_email();

-- name: gauges
-- Counts what the dashboard shows.
select ddp.email_gauges();

-- name: book_costs
-- Books what completed plans cost, and by how much that was wrong.
select ddp.book_email_costs(%(price_per_thousand)s) + ddp.correct_email_costs();

-- name: pause_unhealthy_senders
-- Pauses senders who endanger the whole account.
select user_id::text, pause_code, pause_reason from ddp.pause_unhealthy_senders();

-- name: waiting_work
-- Work that no queue has a hint about.
select ddp.waiting_work('email', %(limit)s);

-- name: mark_queued
-- Records that the queues have hints about this work.
select ddp.mark_work_queued(%(work)s);
