-- Uploads. Row level security shows callers their own, and admins all.

-- name: request_upload
-- Creates a pending upload, within the limits per user.
select upload_id, file_id, state, method, part_size, file_name, content_type, file_type, file_size, content_sha256,
    storage_upload_id, rejection_code, rejection_reason, duplicate_of_file_id, expires_at, created_at, settled_at
from public.request_upload(%(file_name)s, %(content_type)s, %(file_size)s, %(content_sha256)s, %(method)s,
    %(part_size)s, %(expires_at)s);

-- name: get_upload
-- For the upload's owner, and for the worker that settles it.
select upload_id, file_id, state, method, part_size, file_name, content_type, file_type, file_size, content_sha256,
    storage_upload_id, rejection_code, rejection_reason, duplicate_of_file_id, expires_at, created_at, settled_at
from public.uploads where upload_id = %(upload_id)s;

-- name: start_multipart_upload
-- Stores S3's id and returns the one that counts: the first.
select public.start_multipart_upload(%(upload_id)s, %(storage_upload_id)s) as storage_upload_id;

-- name: abort_upload
-- Ends a pending upload; an aborted one stays as it is.
select upload_id, file_id, state, method, part_size, file_name, content_type, file_type, file_size, content_sha256,
    storage_upload_id, rejection_code, rejection_reason, duplicate_of_file_id, expires_at, created_at, settled_at
from public.abort_upload(%(upload_id)s);

-- name: settle_upload_live
-- The worker's verdict on verified bytes: creates the file, or rejects the upload as a duplicate.
select state, rejection_code from public.settle_upload_live(%(upload_id)s, %(file_path)s, %(image_width)s,
    %(image_height)s, %(thumbnail_widths)s, %(metadata)s);

-- name: settle_upload_rejected
-- The worker's verdict on bytes that are not what was claimed.
select state, rejection_code from public.settle_upload_rejected(%(upload_id)s, %(code)s, %(reason)s);
