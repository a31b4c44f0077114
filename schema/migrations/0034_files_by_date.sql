-- transaction: none

-- For administrators: all live files, the newest first.
create index concurrently if not exists files_live_idx on public.files (created_at desc, file_id desc)
    where deleted_at is null;
