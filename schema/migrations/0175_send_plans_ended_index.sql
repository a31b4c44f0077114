-- transaction: none
-- Ended sends whose records or recipients are still there.
create index concurrently if not exists send_plans_ended_idx on public.send_plans (coalesce(completed_at, cancelled_at, failed_at)) where records_removed_at is null or recipients_erased_at is null;
