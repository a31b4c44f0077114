-- name: attachments_found
-- How many of these files may be attached, and their total size.
select count(*) as files, coalesce(sum(file_size), 0)::bigint as bytes
from public.files
where file_id = any (%(attachments)s) and created_by_user_id = (select ddp.active_user_id()) and deleted_at is null;

-- name: sender_is_verified
-- Whether the caller may send from an address.
select public.may_send_from(%(sender_email)s) as is_verified;
