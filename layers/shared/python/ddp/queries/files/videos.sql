-- What videos are made of, in files.metadata.video. Workers write it; users cannot.

-- name: take_unread
-- The oldest live video that nobody has read. It is marked first: what ends its worker is not read again.
update public.files f set metadata = f.metadata || '{"video": {"unknown": "interrupted"}}'
where f.file_id = (
    select v.file_id from public.files v
    where v.file_type = 'video' and v.deleted_at is null and not v.metadata ? 'video'
    order by v.created_at limit 1
    for update skip locked
)
returning f.file_id, f.file_path;

-- name: note_video
-- What was found.
update public.files set metadata = metadata || jsonb_build_object('video', %(video)s::jsonb) where file_id = %(file_id)s;

-- name: put_back
-- It could not be read for a reason that passes, so it is read again.
update public.files set metadata = metadata - 'video' where file_id = %(file_id)s;
