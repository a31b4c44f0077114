-- Shares: with a user, or with whoever has the link. The link's token is stored only as its hash, which nobody reads.

-- name: share_file
select share_id, file_id, shared_with_user_id, expires_at, revoked_at, created_at
from public.share_file(%(file_id)s, %(shared_with_user_id)s, %(token_hash)s, %(expires_at)s);

-- name: list_shares
select share_id, file_id, shared_with_user_id, expires_at, revoked_at, created_at
from public.file_shares
where file_id = %(file_id)s and created_by_user_id = (select auth.uid())
    and (%(at)s::timestamptz is null or (created_at, share_id) < (%(at)s, %(id)s))
order by created_at desc, share_id desc
limit %(limit)s;

-- name: revoke_file_share
select share_id, file_id, shared_with_user_id, expires_at, revoked_at, created_at
from public.revoke_file_share(%(share_id)s);

-- name: share_of_file
select 1 as found from public.file_shares where share_id = %(share_id)s and file_id = %(file_id)s;

-- name: open_public_share
select file_id, file_name, content_type, file_size, file_path, expires_at
from public.open_public_share(%(token)s, %(action_type)s);
