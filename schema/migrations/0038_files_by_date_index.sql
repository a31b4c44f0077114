-- transaction: none
-- An administrator lists everyone's files, newest first; owners have an index of their own.
create index concurrently if not exists files_created_idx on public.files (created_at desc, file_id desc)
    where deleted_at is null;
