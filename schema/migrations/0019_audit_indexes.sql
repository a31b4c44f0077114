-- Cheaper indexes of the audit trail, which every audited row pays for: only rows that name somebody, and no name of a
-- table beside an id that is unique without it. Nothing wrote to the trail before, so building them takes no time.

-- squawk-ignore require-concurrent-index-deletion
drop index public.audit_logs_changed_by_idx;
-- squawk-ignore require-concurrent-index-creation
create index audit_logs_changed_by_idx on public.audit_logs (changed_by, changed_at desc) where changed_by is not null;
-- squawk-ignore require-concurrent-index-deletion
drop index public.audit_logs_record_idx;
-- squawk-ignore require-concurrent-index-creation
create index audit_logs_record_idx on public.audit_logs (record_id, changed_at desc);
