-- transaction: none

-- An account's files by name.
create index concurrently if not exists files_owner_name_idx
    on public.files (created_by_user_id, file_name, file_id) where deleted_at is null;
