-- transaction: none
-- Videos that were uploaded before videos were read: soon there are none.
create index concurrently if not exists files_unread_videos_idx on public.files (created_at)
    where file_type = 'video' and deleted_at is null and not metadata ? 'video';
