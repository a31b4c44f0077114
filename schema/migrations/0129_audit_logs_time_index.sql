-- statement_timeout: 1h
-- The audit trail, the latest first. A partitioned table's index cannot be built concurrently: whoever changes an audited
-- row waits for about a second per million rows of the trail.

-- squawk-ignore require-concurrent-index-creation
create index audit_logs_time_idx on public.audit_logs (changed_at desc, log_id desc);
