-- transaction: none

-- An owner's files, the most downloaded first.
create index concurrently if not exists file_stats_downloads_idx
    on ddp.file_stats (owner_user_id, download_count desc, file_id desc);
