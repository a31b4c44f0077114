-- transaction: none

-- The files that are shared with a user, the newest file first. Others admit everybody of a kind: files' own indexes.
create index concurrently if not exists file_access_newest_idx
    on ddp.file_access (audience, file_created_at desc, file_id desc)
    where audience not in ('everyone', 'retailer');
