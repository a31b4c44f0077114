-- Uploads. Row level security shows callers their own, and admins all.

-- part: columns
upload_id, file_id, state, method, part_size, file_name, content_type, file_type, file_size, content_sha256,
    storage_upload_id, rejection_code, rejection_reason, duplicate_of_file_id, expires_at, created_at, settled_at

-- name: list_own
-- The acting account's uploads, newest first. Nobody stores that a pending one has expired.
select {columns} from public.uploads
where created_by_user_id = (select ddp.active_user_id())
    and (%(status)s::text is null
        or case when state = 'pending' and expires_at <= now() then 'expired' else state::text end = %(status)s)
    and (%(at)s::timestamptz is null or (created_at, upload_id) < (%(at)s, %(id)s))
order by created_at desc, upload_id desc
limit %(limit)s;

-- name: request_upload
-- Creates a pending upload, within the limits per user.
select {columns}
from public.request_upload(%(file_name)s, %(content_type)s, %(file_size)s, %(content_sha256)s, %(method)s,
    %(part_size)s, %(expires_at)s);

-- name: get_upload
-- For the upload's owner, and for the worker that settles it.
select {columns}
from public.uploads where upload_id = %(upload_id)s;

-- name: start_multipart_upload
-- Stores S3's id and returns the one that counts: the first.
select public.start_multipart_upload(%(upload_id)s, %(storage_upload_id)s) as storage_upload_id;

-- name: abort_upload
-- Ends a pending upload; an aborted one stays as it is.
select {columns}
from public.abort_upload(%(upload_id)s);

-- name: settle_upload_live
-- The worker's verdict on verified bytes: creates the file, or rejects the upload as a duplicate.
select state, rejection_code from public.settle_upload_live(%(upload_id)s, %(file_path)s, %(image_width)s,
    %(image_height)s, %(thumbnail_widths)s, %(metadata)s);

-- name: settle_upload_rejected
-- The worker's verdict on bytes that are not what was claimed.
select state, rejection_code from public.settle_upload_rejected(%(upload_id)s, %(code)s, %(reason)s);
