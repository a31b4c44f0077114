-- Shares: with a user, or with anyone who has the link. Of a link's token only the hash is stored; no role can read it.

-- name: share_file
-- Creates a share and records SHARE.
select share_id, file_id, shared_with_user_id, expires_at, revoked_at, created_at
from public.share_file(%(file_id)s, %(shared_with_user_id)s, %(token_hash)s, %(expires_at)s);

-- name: list_shares
-- The caller's shares of one file, including expired and revoked ones.
select share_id, file_id, shared_with_user_id, expires_at, revoked_at, created_at
from public.file_shares
where file_id = %(file_id)s and created_by_user_id = (select ddp.active_user_id())
    and (%(at)s::timestamptz is null or (created_at, share_id) < (%(at)s, %(id)s))
order by created_at desc, share_id desc
limit %(limit)s;

-- name: revoke_file_share
-- Ends a share at once.
select share_id, file_id, shared_with_user_id, expires_at, revoked_at, created_at
from public.revoke_file_share(%(share_id)s);

-- name: share_of_file
-- Checks that a share belongs to the file in the request's path.
select 1 as found from public.file_shares where share_id = %(share_id)s and file_id = %(file_id)s;

-- name: open_public_share
-- Resolves a public link and records the access; runs as anon.
select file_id, file_name, content_type, file_size, file_path, expires_at, thumbnail_widths, shared_by
from public.open_public_share(%(token)s, %(action_type)s);
