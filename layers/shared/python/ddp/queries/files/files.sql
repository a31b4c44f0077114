-- Files. Row level security decides what is visible; the explicit filters let the planner use an index.
-- Lists continue after the cursor (at, id), newest first; limit is one row more than a page, to detect a next page.

-- part: columns
file_id, file_name, file_type, content_type, file_size, encode(content_sha256, 'hex') as sha256,
    image_width, image_height, file_url, is_brand_asset, is_public, created_by_user_id, created_at, deleted_at

-- name: list_own
-- The caller's live files.
select {columns}
from public.files
where created_by_user_id = (select ddp.active_user_id()) and deleted_at is null
    and (%(file_type)s::public.file_type is null or file_type = %(file_type)s)
    and (%(at)s::timestamptz is null or (created_at, file_id) < (%(at)s, %(id)s))
order by created_at desc, file_id desc
limit %(limit)s;

-- name: list_deleted
-- The caller's trash, latest deleted first.
select {columns}
from public.files
where created_by_user_id = (select ddp.active_user_id()) and deleted_at is not null and purged_at is null
    and (%(file_type)s::public.file_type is null or file_type = %(file_type)s)
    and (%(at)s::timestamptz is null or (deleted_at, file_id) < (%(at)s, %(id)s))
order by deleted_at desc, file_id desc
limit %(limit)s;

-- name: list_shared
-- Files that others share with the caller, while the share is valid.
select {columns}
from public.files
where deleted_at is null
    and file_id in (select s.file_id from public.file_shares s
        where s.shared_with_user_id = (select ddp.active_user_id()) and s.revoked_at is null and s.expires_at > now())
    and (%(file_type)s::public.file_type is null or file_type = %(file_type)s)
    and (%(at)s::timestamptz is null or (created_at, file_id) < (%(at)s, %(id)s))
order by created_at desc, file_id desc
limit %(limit)s;

-- name: list_assets
-- Files published as brand assets.
select {columns}
from public.files
where is_brand_asset and deleted_at is null
    and (%(file_type)s::public.file_type is null or file_type = %(file_type)s)
    and (%(at)s::timestamptz is null or (created_at, file_id) < (%(at)s, %(id)s))
order by created_at desc, file_id desc
limit %(limit)s;

-- name: get_file
-- A file for its detail view, deleted or not.
select {columns}, thumbnail_widths, metadata
from public.files where file_id = %(file_id)s;

-- name: get_live_file
-- What a download needs: deleted files cannot be downloaded.
select file_name, file_path from public.files where file_id = %(file_id)s and deleted_at is null;

-- name: record_action
-- Adds one action of the caller to a file's history.
select public.record_file_action(%(file_id)s, %(action_type)s, %(session_id)s, %(metadata)s) as action_id;

-- name: soft_delete_file
-- Moves a file to the trash and records DELETE.
select {columns}
from public.soft_delete_file(%(file_id)s);

-- name: restore_file
-- Takes a file out of the trash, unless its content is live again.
select {columns}
from public.restore_file(%(file_id)s);
