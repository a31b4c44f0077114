-- transaction: none

-- An owner's files, the most viewed first.
create index concurrently if not exists file_stats_views_idx
    on ddp.file_stats (owner_user_id, view_count desc, file_id desc);
