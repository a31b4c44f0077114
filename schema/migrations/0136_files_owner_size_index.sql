-- transaction: none

-- An account's files by size, which says what to delete.
create index concurrently if not exists files_owner_size_idx
    on public.files (created_by_user_id, file_size, file_id) where deleted_at is null;
