-- transaction: none
-- What reconciliation looks for: few of all uploads are pending.
create index concurrently if not exists uploads_pending_idx on public.uploads (created_at) where state = 'pending';
