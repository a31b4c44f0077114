-- name: host
-- Has an own image hosted.
select file_id from public.host_file(%(file_id)s);

-- name: unhost
-- Ends the public address of an image.
select file_id from public.unhost_file(%(file_id)s);

-- name: url_of_asset
-- The public address of a brand asset's file.
select f.file_url
from public.brand_assets a
join public.files f on f.file_id = a.file_id
where a.asset_id = %(asset_id)s;

-- name: state
-- Whether a visible file is hosted.
select state, reason from ddp.hosted_state(%(file_id)s);

-- name: tokens
-- The states of tokens that the caller knows.
select token, state from ddp.hosted_tokens(%(tokens)s::text[]);

-- name: wanted
-- Tokens of images that workers are to make now.
select token from ddp.images_to_host(%(limit)s) t (token);

-- name: to_make
-- The file of an image that waits.
select file_path, file_size from ddp.image_to_host(%(token)s);

-- name: made
-- The object is there.
select ddp.image_hosted(%(token)s, %(content_type)s, %(url)s);

-- name: failed
-- The image cannot be made.
select ddp.image_not_hosted(%(token)s, %(reason)s);

-- name: revoked
-- Tokens of revoked images whose objects may be there.
select token from ddp.images_to_remove(%(limit)s) t (token);

-- name: removed
-- Their objects are deleted.
select ddp.images_removed(%(tokens)s::text[]);
