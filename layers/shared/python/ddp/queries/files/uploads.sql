-- Uploads under way. Row level security shows a caller only its own.

-- name: request_upload
select upload_id, file_id, state, method, part_size, file_name, content_type, file_type, file_size, content_sha256,
    storage_upload_id, rejection_code, rejection_reason, duplicate_of_file_id, expires_at, created_at, settled_at
from public.request_upload(%(file_name)s, %(content_type)s, %(file_size)s, %(content_sha256)s, %(method)s,
    %(part_size)s, %(expires_at)s);

-- name: get_upload
select upload_id, file_id, state, method, part_size, file_name, content_type, file_type, file_size, content_sha256,
    storage_upload_id, rejection_code, rejection_reason, duplicate_of_file_id, expires_at, created_at, settled_at
from public.uploads where upload_id = %(upload_id)s;

-- name: start_multipart_upload
select public.start_multipart_upload(%(upload_id)s, %(storage_upload_id)s) as storage_upload_id;

-- name: abort_upload
select upload_id, file_id, state, method, part_size, file_name, content_type, file_type, file_size, content_sha256,
    storage_upload_id, rejection_code, rejection_reason, duplicate_of_file_id, expires_at, created_at, settled_at
from public.abort_upload(%(upload_id)s);

-- name: settle_upload_live
select state, rejection_code from public.settle_upload_live(%(upload_id)s, %(file_path)s, %(image_width)s,
    %(image_height)s, %(thumbnail_widths)s, %(metadata)s);

-- name: settle_upload_rejected
select state, rejection_code from public.settle_upload_rejected(%(upload_id)s, %(code)s, %(reason)s);
