-- Files in the order of their creation, over two years; brands own three in four.

-- name: files
insert into public.files
    (file_id, file_name, file_type, file_size, file_path, created_by_user_id, created_at, updated_at, deleted_at,
     content_type, content_sha256, image_width, image_height, thumbnail_widths)
select pg_temp.id('file', n), subject || '-' || lpad(n::text, 6, '0') || suffix, file_type::public.file_type,
    10000 + pg_temp.pick(n, 'size', bytes), 'files/' || pg_temp.id('file', n),
    pg_temp.id('user', case
        when pg_temp.chance(n, 'whose') < 0.75 then 1 + pg_temp.pick(n, 'brand', %(brands)s)
        else 1 + %(brands)s + pg_temp.pick(n, 'retailer', %(retailers)s)
    end),
    created_at, created_at,
    case when pg_temp.chance(n, 'trash') < 0.04 and created_at + interval '40 days' < %(until)s
        then created_at + interval '30 days' end,
    content_type, sha256(int8send(n)),
    case when file_type = 'image' then 3000 end, case when file_type = 'image' then 2000 end,
    case when file_type = 'image' then array[320, 1280] else '{}' end
from (
    select n::bigint,
        %(until)s::timestamptz - interval '2 years' + n * (interval '729 days' / %(files)s) as created_at,
        (array['nautic-lifestyle', 'aviator-packshot', 'heritage-lookbook', 'lunar-story', 'window-display', 'price-list'])
            [1 + pg_temp.pick(n, 'subject', 6)] as subject,
        1 + pg_temp.pick(n, 'kind', 20) as kind
    from generate_series(1, %(files)s) n
) numbered
join (values
    (1, 12, 'image', '.jpg', 'image/jpeg', 8000000), (13, 14, 'image', '.png', 'image/png', 12000000),
    (15, 16, 'video', '.mp4', 'video/mp4', 400000000), (17, 18, 'pdf', '.pdf', 'application/pdf', 20000000),
    (19, 19, 'document', '.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 900000),
    (20, 20, 'audio', '.mp3', 'audio/mpeg', 9000000)
) kinds (first, last, file_type, suffix, content_type, bytes) on kind between first and last;

-- name: brand_assets
insert into public.brand_assets
    (asset_id, asset_name, asset_type, file_id, created_at, updated_at, is_featured, created_by_user_id, unpublished_at)
select md5('asset/' || f.file_id)::uuid, initcap(replace(split_part(f.file_name, '.', 1), '-', ' ')),
    case f.file_type when 'video' then 'video' when 'pdf' then 'catalogue'
        else (array['product', 'lifestyle', 'logo', 'banner'])[1 + f.file_size %% 4] end,
    f.file_id, f.created_at + interval '1 hour', f.created_at + interval '1 hour', f.file_size %% 20 = 0,
    f.created_by_user_id,
    case when f.file_size %% 25 = 0 and f.created_at < %(until)s::timestamptz - interval '90 days'
        then f.created_at + interval '60 days' end
from public.files f
join public.users u on u.user_id = f.created_by_user_id and u.user_type = 'brand'
where f.deleted_at is null and f.file_type in ('image', 'video', 'pdf') and f.file_size %% 2 = 0;

-- name: collections
insert into public.collections
    (collection_id, collection_name, collection_description, created_by_user_id, is_public, created_at, updated_at)
select pg_temp.id('collection', n), season || ' ' || 2020 + n %% 7, 'For windows, shelves and posts.',
    pg_temp.id('user', 1 + (n - 1) %% (%(brands)s + %(retailers)s)), pg_temp.chance(n, 'public') < 0.2,
    made_at, made_at
from (
    select n, (array['Spring', 'Summer', 'Autumn', 'Winter', 'Gifts'])[1 + n %% 5] as season,
        %(until)s::timestamptz - pg_temp.chance(n, 'made') * interval '700 days' as made_at
    from generate_series(1, (%(brands)s + %(retailers)s) * 3) n
) collections;

-- name: collection_files
insert into public.collection_files (collection_id, file_id, added_at, added_by_user_id, sort_order)
select c.collection_id, f.file_id, greatest(c.created_at, f.created_at), c.created_by_user_id,
    row_number() over (partition by c.collection_id order by f.file_id)
from public.collections c
cross join lateral (
    select f.file_id, f.created_at from public.files f
    where f.created_by_user_id = c.created_by_user_id and f.deleted_at is null and f.created_at < %(until)s
        and f.created_at > c.created_at - interval '120 days'
    order by f.created_at
    limit 30
) f
where c.created_by_user_id is not null;

-- name: file_shares
insert into public.file_shares (share_id, file_id, created_by_user_id, shared_with_user_id, expires_at, revoked_at, created_at)
select md5('share/' || f.file_id)::uuid, f.file_id, f.created_by_user_id,
    pg_temp.id('user', 1 + %(brands)s + f.file_size %% %(retailers)s), shared_at + interval '1 year',
    case when f.file_size %% 7 = 0 then least(shared_at + interval '9 days', %(until)s) end, shared_at
from public.files f
join public.users u on u.user_id = f.created_by_user_id and u.user_type = 'brand'
cross join lateral (select least(f.created_at + interval '2 days', %(until)s) as shared_at) as sharing
where f.deleted_at is null and f.file_size %% 12 = 1;
