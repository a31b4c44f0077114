-- Half a minute passes: leases end, and hints are no longer believed. What somebody has locked is being worked on.
update ddp.send_calls set leased_until = leased_until - interval '30 seconds'
where send_call_id in (select send_call_id from ddp.send_calls where ended_at is null for update skip locked);

update ddp.send_chunks set queued_at = least(queued_at, now()) - interval '30 seconds'
where (send_plan_id, chunk_no) in (
    select send_plan_id, chunk_no from ddp.send_chunks where due_at is not null for update skip locked
);

update send_plans
set queued_at = least(queued_at, now()) - interval '30 seconds', leased_until = leased_until - interval '30 seconds'
where send_plan_id in (select send_plan_id from send_plans where planned_at is null for update skip locked);

update send_exports set queued_at = least(queued_at, now()) - interval '30 seconds'
where send_export_id in (select send_export_id from send_exports where state = 'pending' for update skip locked);

update email_test_sends
set created_at = created_at - interval '30 seconds', queued_at = queued_at - interval '30 seconds',
    leased_until = leased_until - interval '30 seconds'
where email_test_send_id in (
    select email_test_send_id from email_test_sends where ended_at is null for update skip locked
);

update sms_test_sends
set created_at = created_at - interval '30 seconds', queued_at = queued_at - interval '30 seconds',
    leased_until = leased_until - interval '30 seconds'
where sms_test_send_id in (
    select sms_test_send_id from sms_test_sends where ended_at is null for update skip locked
);

update uploads set created_at = created_at - interval '30 seconds'
where upload_id in (select upload_id from uploads where state = 'pending' for update skip locked);

update ddp.upload_arrivals
set queued_at = least(queued_at, now()) - interval '30 seconds', leased_until = leased_until - interval '30 seconds',
    looked_at = looked_at - interval '30 seconds'
where upload_id in (select upload_id from ddp.upload_arrivals for update skip locked);

update product_imports
set created_at = created_at - interval '30 seconds', queued_at = queued_at - interval '30 seconds',
    leased_until = leased_until - interval '30 seconds'
where product_import_id in (select product_import_id from product_imports where state = 'pending' for update skip locked);

update analytics_exports set queued_at = least(queued_at, now()) - interval '30 seconds'
where analytics_export_id in (select analytics_export_id from analytics_exports where state = 'pending' for update skip locked);

update ddp.bucket_runs set leased_until = leased_until - interval '30 seconds'
where bucket_run_id in (select bucket_run_id from ddp.bucket_runs where ended_at is null for update skip locked);
