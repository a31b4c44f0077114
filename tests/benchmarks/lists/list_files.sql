-- name: seed_users
insert into public.users (user_id, user_email, user_name, user_type, is_active)
select lpad(to_hex(n), 32, '0')::uuid, 'user' || n || '@example.com', 'User ' || n, 'brand', true
from generate_series(1, %(owners)s) as n;

-- name: seed_files
insert into public.files
    (file_name, file_type, file_size, file_path, created_by_user_id, content_type, content_sha256, created_at)
select 'picture ' || n || '.png', 'image', 1000 + n, 'files/' || n,
    lpad(to_hex(1 + n %% %(owners)s), 32, '0')::uuid, 'image/png', sha256(int4send(n)),
    now() - n * interval '1 second'
from generate_series(1, %(files)s) as n;

-- name: who_asks
select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %(claims)s, true);

-- name: own_page
select file_id, file_name, file_type, content_type, file_size, image_width, image_height, thumbnail_widths,
    created_by_user_id, created_at, updated_at, deleted_at, is_public, is_brand_asset, metadata
from public.files
where created_by_user_id = %(caller)s and deleted_at is null
order by created_at desc, file_id desc
limit %(page)s;
