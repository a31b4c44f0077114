-- transaction: none
-- Retention purges the trash; the owner's own list has an index of its own.
create index concurrently if not exists files_trash_idx on public.files (deleted_at) where deleted_at is not null and purged_at is null;
