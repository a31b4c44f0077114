-- name: actions
insert into public.file_actions (file_id, user_id, action_type)
select
    md5('file' || 1 + n * 37 %% %(assets)s)::uuid,
    md5('retailer' || 1 + n * 13 %% %(retailers)s)::uuid,
    (array['VIEW', 'DOWNLOAD', 'SHARE'])[1 + n %% 3]::public.file_action_type
from generate_series(1, %(rows)s::bigint) n;

-- name: download
insert into public.file_actions (file_id, user_id, action_type)
select a.file_id, u.user_id, 'DOWNLOAD'
from (select file_id from public.brand_assets order by asset_id limit 1) a
cross join (select user_id from public.users where user_type = 'retailer' order by user_id limit 1) u;

-- name: recompute
select ddp.start_recompute();

-- name: portion
select taken, is_drained from ddp.refresh_portion();

-- name: retailers
insert into public.users (user_id, user_email, user_name, user_type, is_active)
select md5('retailer' || n)::uuid, format('r%%s@seed.example', n), 'retailer ' || n, 'retailer', true
from generate_series(1, %(rows)s) n;

-- name: files
insert into public.files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)
select md5('file' || n)::uuid, 'f' || n, 'image', 1, 'x', b.user_id
from generate_series(1, %(rows)s) n
join (select user_id, row_number() over (order by user_id) - 1 as place, count(*) over () as places
      from public.users where user_type = 'brand') b on b.place = n %% b.places;

-- name: assets
insert into public.brand_assets (asset_id, asset_name, asset_type, file_id, created_by_user_id)
select md5('asset' || n)::uuid, 'asset ' || n, 'logo', f.file_id, f.created_by_user_id
from generate_series(1, %(rows)s) n
join public.files f on f.file_id = md5('file' || n)::uuid;

-- name: downloads
insert into public.file_actions (file_id, user_id, action_type, action_timestamp)
select f.file_id, md5('retailer' || 1 + n %% %(retailers)s)::uuid, 'DOWNLOAD', now() - n %% 300 * interval '1 day'
from generate_series(1, %(rows)s) n
join public.files f on f.file_id = md5('file' || n)::uuid;

-- name: read
-- What a page about an asset asks: its figures, and its days.
select s.view_count, s.download_count, d.date_recorded, d.metric_value
from (select md5('file' || 1 + floor(random() * %(rows)s))::uuid as file_id offset 0) one
join ddp.file_stats s on s.file_id = one.file_id
left join public.daily_analytics d on d.entity_type = 'file' and d.entity_id = one.file_id and d.metric_name = 'downloads';

-- name: write
-- A view of now.
insert into public.file_actions (file_id, user_id, action_type)
select md5('file' || 1 + floor(random() * %(rows)s))::uuid, md5('retailer' || 1 + floor(random() * %(retailers)s))::uuid, 'VIEW';
