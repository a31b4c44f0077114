-- Rows are made set-wise and without triggers: what these would fill is filled here. The query by hand is the best one
-- for a role that may read everything: the caller's rights are a condition, over the same tables.

-- part: names_range
w.is_active and w.word_no = any ('{1,2,3,4,5,6,7,8}') and w.word >= %(query)s and w.word < %(query)s || chr(1114111)

-- part: product
p.product_id, p.external_product_id, p.product_title, p.product_type, p.vendor, p.status, p.published_at,
    p.created_by_user_id, p.created_at, p.updated_at

-- part: product_words
to_tsvector('simple', p.product_title || ' ' || coalesce(p.vendor, '') || ' ' || coalesce(p.external_product_id, ''))
        @@ to_tsquery('simple', %(words)s || ':*')

-- part: model
m.model_id, m.model_name, m.collection_name, m.size, m.gender, m.material, m.mpn, m.is_active, m.created_by_user_id,
    m.created_at, m.updated_at

-- part: collection
c.collection_id, c.collection_name, c.is_public, c.created_by_user_id, c.created_at, c.updated_at

-- part: campaign
c.campaign_id, c.campaign_name, left(c.campaign_description, 2000) as campaign_description, c.start_date, c.end_date,
    c.created_at, jsonb_build_object('id', b.user_id, 'name', b.user_name) as brand

-- part: own_name
(select b.user_name from public.users b where b.user_id = %(me)s)

-- part: brand
jsonb_build_object('id', b.user_id, 'name', b.user_name) as brand

-- name: without_triggers
set session_replication_role = replica;

-- name: seed_users
-- One administrator, brands, and retailers; their names are of two words.
insert into public.users (user_id, user_email, user_name, user_type, is_active, created_at)
select md5('user' || n)::uuid, 'user' || n || '@example.com',
    initcap(substr(md5('first' || n), 1, 8)) || ' ' || initcap(substr(md5('second' || n), 1, 8)),
    case when n = 0 then 'admin' when n <= %(brands)s then 'brand' else 'retailer' end::public.user_type,
    true, now() - n * interval '1 minute'
from generate_series(0, %(brands)s + %(retailers)s) n;

-- name: seed_user_words
insert into ddp.user_words (user_id, word_no, word, user_type, is_active)
select u.user_id, w.word_no, w.word, u.user_type, u.is_active
from public.users u cross join lateral ddp.name_words(u.user_name) w;

-- name: seed_members
insert into public.account_members (account_id, member_id, member_role, accepted_at)
select u.user_id, u.user_id, 'owner', now() from public.users u;

-- name: seed_products
-- Nine of ten are published.
insert into public.products (
    external_product_id, product_title, product_type, vendor, status, tags, published_at, created_at, updated_at,
    created_by_user_id
)
select 'sku-' || n, 'Watch ' || substr(translate(md5('title' || n), '0123456789', 'ghijklmnop'), 1, 8) || ' '
        || substr(translate(md5('line' || n / %(brands)s %% 1000), '0123456789', 'ghijklmnop'), 1, 6),
    'type ' || n %% 20, 'vendor ' || n %% %(brands)s, 'active', array['tag' || n %% 100, 'tag' || n %% 77],
    case when n / %(brands)s %% 10 > 0 then now() - n * interval '7 seconds' end, now() - n * interval '9 seconds', now(),
    md5('user' || 1 + n %% %(brands)s)::uuid
from generate_series(1, %(products)s) n;

-- name: seed_models
-- Nine of ten are active.
insert into public.watch_models (
    model_id, model_name, collection_name, size, gender, material, mpn, is_active, created_at, updated_at, created_by_user_id
)
select md5('model' || n)::uuid, 'Model ' || substr(translate(md5('model' || n), '0123456789', 'ghijklmnop'), 1, 8),
    'Collection ' || n %% 50, '42 mm', 'unisex', 'steel', 'mpn-' || n, n / %(brands)s %% 10 > 0, now() - n * interval '9 seconds', now(), md5('user' || 1 + n %% %(brands)s)::uuid
from generate_series(1, %(models)s) n;

-- name: seed_groups
-- 10,000 groups; the retailer that asks is in a hundred.
insert into public.retailer_groups (group_id, brand_id, group_name)
select md5('group' || n)::uuid, md5('user' || 1 + n %% %(brands)s)::uuid, 'group ' || n from generate_series(1, 10000) n;

-- name: seed_group_members
insert into public.retailer_group_members (group_id, retailer_id, brand_id, is_explicit, from_rule)
select md5('group' || 1 + (n * 7919) %% 10000)::uuid, md5('user' || %(brands)s + 1 + n %% 1000)::uuid,
    md5('user' || 1 + n %% %(brands)s)::uuid, true, false
from generate_series(1, 100000) n
on conflict do nothing;

-- name: seed_assets
-- One in four is for a group.
with made as (
    insert into public.files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, created_at, is_brand_asset)
    select md5('asset' || n)::uuid, 'picture ' || n || '.png', 'image', n, 'files/' || n,
        md5('user' || 1 + n %% %(brands)s)::uuid, now() - n * interval '9 seconds', true
    from generate_series(1, %(models)s) n
    returning *
), published as (
    insert into public.brand_assets (asset_name, asset_type, file_id, created_by_user_id, created_at, group_ids)
    select m.file_name, 'picture', m.file_id, m.created_by_user_id, m.created_at,
        case when m.file_size %% 4 = 0 then array[md5('group' || 1 + m.file_size %% 10000)::uuid] end
    from made m
    returning *
)
insert into ddp.file_access (file_id, audience, expires_at, file_created_at)
select p.file_id, coalesce('group:' || p.group_ids[1], 'retailer'), 'infinity', p.created_at from published p;

-- name: seed_wishes
-- Every thousandth wish belongs to one retailer.
insert into public.wish_list_items (model_id, retailer_id, wish_count, created_at, updated_at)
select md5('model' || n)::uuid,
    md5('user' || %(brands)s + 1 + case when n %% 1000 = 0 then 0 else n %% %(retailers)s end)::uuid, 1 + n %% 9,
    now() - n * interval '9 seconds', now()
from generate_series(1, %(models)s) n;

-- name: seed_regional_wishes
insert into public.regional_wish_lists (model_id, brand_id, region, wish_count, rank_in_region)
select m.model_id, m.created_by_user_id, r.region, 100,
    row_number() over (partition by m.created_by_user_id, r.region order by m.model_id)
from public.watch_models m cross join (values ('Africa'), ('Europe')) r (region);

-- name: seed_collections
-- One of twenty is public.
insert into public.collections (collection_name, is_public, created_at, updated_at, created_by_user_id)
select 'Collection ' || n, n %% 20 = 0, now() - n * interval '9 seconds', now(),
    md5('user' || 1 + (n / 7) %% %(brands)s)::uuid
from generate_series(1, %(collections)s) n;

-- name: seed_campaigns
-- One of ten is open and active.
insert into public.campaigns (
    campaign_id, campaign_name, campaign_description, campaign_status, is_open, end_date, created_at, updated_at,
    created_by_user_id
)
select md5('campaign' || n)::uuid, 'Campaign ' || n, repeat('Words about it. ', 20),
    case when n %% 10 = 0 then 'active' else 'completed' end::public.campaign_status, n %% 10 = 0,
    case when n %% 20 = 0 then now() + interval '30 days' end, now() - n * interval '9 seconds', now(),
    md5('user' || 1 + (n / 10) %% %(brands)s)::uuid
from generate_series(1, %(campaigns)s) n;

-- name: seed_participants
-- Every thousandth campaign has one retailer in it, and that retailer is invited to as many.
insert into public.campaign_participants (campaign_id, retailer_id, campaign_owner_id, participant_state, joined_at)
select c.campaign_id, md5('user' || %(brands)s + 1 + case when n %% 500 = 0 then 0 else n %% %(retailers)s end)::uuid,
    c.created_by_user_id, case when n %% 1000 = 500 then 'invited' else 'accepted' end::public.participant_state, now()
from generate_series(1, %(campaigns)s) n
join public.campaigns c on c.campaign_id = md5('campaign' || n)::uuid;

-- name: clean
vacuum analyze;

-- name: subjects
-- The callers, and for each list the words that some rows of it have.
select md5('user0')::uuid as admin, md5('user1')::uuid as brand, md5('user' || %(brands)s + 1)::uuid as retailer,
    (select substr(w.word, 1, 3) from ddp.user_words w
     where w.user_type = 'retailer' and w.word_no = 2 order by w.word offset 1000 limit 1) as retailers,
    (select substr(w.word, 1, 2) from ddp.user_words w
     where w.user_type = 'brand' and w.word_no = 2 order by w.word offset 100 limit 1) as brands,
    substr(translate(md5('line1'), '0123456789', 'ghijklmnop'), 1, 6) as line,
    substr(translate(md5('model1'), '0123456789', 'ghijklmnop'), 1, 2) as model;

-- name: directory_of_brands
select u.user_id as id, u.user_name as name, u.user_type as type
from (
    (
        select w.user_id, w.word from ddp.user_words w
        where w.user_type = 'brand' and w.is_active and w.word_no = 1 order by w.word, w.user_id limit %(limit)s
    ) union all (
        select w.user_id, w.word from ddp.user_words w where w.user_id = %(me)s and w.word_no = 1
    ) order by word, user_id limit %(limit)s
) f
join public.users u on u.user_id = f.user_id order by f.word, f.user_id;

-- name: directory_of_retailers
select u.user_id as id, u.user_name as name, u.user_type as type
from (
    (
        select w.user_id, w.word from ddp.user_words w
        where w.user_type = 'retailer' and w.is_active and w.word_no = 1 order by w.word, w.user_id limit %(limit)s
    ) union all (
        select w.user_id, w.word from ddp.user_words w where w.user_id = %(me)s and w.word_no = 1
    ) order by word, user_id limit %(limit)s
) f
join public.users u on u.user_id = f.user_id order by f.word, f.user_id;

-- name: directory_by_word
select u.user_id as id, u.user_name as name, u.user_type as type
from (
    select distinct on (f.user_id) f.user_id, f.word
    from (
        select w.user_id, w.word, w.word_no from ddp.user_words w where w.user_type = 'retailer' and {names_range}
        union all
        select w.user_id, w.word, w.word_no from ddp.user_words w where w.user_id = %(me)s and {names_range}
    ) f
    order by f.user_id, f.word_no
) f
join public.users u on u.user_id = f.user_id order by f.word, f.user_id limit %(limit)s;

-- name: open_campaigns
(
    select {campaign}, false as is_invited
    from public.campaigns c join public.users b on b.user_id = c.created_by_user_id and b.is_active
    where c.is_open and c.campaign_status = 'active' and (c.end_date is null or c.end_date > now())
        and not exists (
            select from public.campaign_participants p
            where p.campaign_id = c.campaign_id and p.retailer_id = %(me)s and p.participant_state <> 'left'
        )
    order by c.created_at desc, c.campaign_id desc limit %(limit)s
) union all (
    select {campaign}, true as is_invited
    from public.campaign_participants p
    join public.campaigns c on c.campaign_id = p.campaign_id
    join public.users b on b.user_id = c.created_by_user_id and b.is_active
    where p.retailer_id = %(me)s and p.participant_state = 'invited'
        and c.campaign_status in ('draft', 'active', 'paused') and (c.end_date is null or c.end_date > now())
    order by c.created_at desc, c.campaign_id desc limit %(limit)s
) order by created_at desc, campaign_id desc limit %(limit)s;

-- name: open_campaigns_by_brand
with brands as materialized (
    select array(select w.user_id from ddp.user_words w where w.user_type = 'brand' and {names_range}) as ids
)
(
    select {campaign}, false as is_invited
    from public.campaigns c join public.users b on b.user_id = c.created_by_user_id and b.is_active
    where c.is_open and c.campaign_status = 'active' and (c.end_date is null or c.end_date > now())
        and c.created_by_user_id = any ((select ids from brands)::uuid[])
        and not exists (
            select from public.campaign_participants p
            where p.campaign_id = c.campaign_id and p.retailer_id = %(me)s and p.participant_state <> 'left'
        )
    order by c.created_at desc, c.campaign_id desc limit %(limit)s
) union all (
    select {campaign}, true as is_invited
    from public.campaign_participants p
    join public.campaigns c on c.campaign_id = p.campaign_id
    join public.users b on b.user_id = c.created_by_user_id and b.is_active
    where p.retailer_id = %(me)s and p.participant_state = 'invited'
        and c.created_by_user_id = any ((select ids from brands)::uuid[])
        and c.campaign_status in ('draft', 'active', 'paused') and (c.end_date is null or c.end_date > now())
    order by c.created_at desc, c.campaign_id desc limit %(limit)s
) order by created_at desc, campaign_id desc limit %(limit)s;

-- name: own_campaigns
select c.campaign_id, c.campaign_name, c.campaign_status, c.created_by_user_id, c.start_date, c.end_date,
    c.budget_allocated, c.budget_spent, c.is_open, c.approval, c.created_at, c.updated_at,
    jsonb_build_object('id', c.created_by_user_id, 'name', {own_name}) as created_by
from public.campaigns c where c.created_by_user_id = %(me)s
order by c.created_at desc, c.campaign_id desc limit %(limit)s;

-- name: own_products
select {product}, jsonb_build_object('id', p.created_by_user_id, 'name', {own_name}) as brand
from public.products p where p.created_by_user_id = %(me)s
order by p.created_at desc, p.product_id desc limit %(limit)s;

-- name: own_products_by_words
select {product}, jsonb_build_object('id', p.created_by_user_id, 'name', {own_name}) as brand
from public.products p where p.created_by_user_id = %(me)s and {product_words}
order by p.created_at desc, p.product_id desc limit %(limit)s;

-- name: published_products
select {product}, {brand}
from (
    select * from public.products p where p.published_at <= now()
    order by p.published_at desc, p.product_id desc limit %(limit)s
) p
join public.users b on b.user_id = p.created_by_user_id
order by p.published_at desc, p.product_id desc;

-- name: published_products_by_words
select {product}, {brand}
from (
    select * from public.products p where p.published_at <= now() and {product_words}
    order by p.published_at desc, p.product_id desc limit %(limit)s
) p
join public.users b on b.user_id = p.created_by_user_id
order by p.published_at desc, p.product_id desc;

-- name: published_products_of_vendor
select {product}, {brand}
from (
    select * from public.products p where p.published_at <= now() and p.vendor = %(vendor)s
    order by p.published_at desc, p.product_id desc limit %(limit)s
) p
join public.users b on b.user_id = p.created_by_user_id
order by p.published_at desc, p.product_id desc;

-- name: own_models
select {model}, jsonb_build_object('id', m.created_by_user_id, 'name', {own_name}) as brand
from public.watch_models m where m.created_by_user_id = %(me)s
order by m.created_at desc, m.model_id desc limit %(limit)s;

-- name: active_models
select {model}, {brand}
from (
    select * from public.watch_models m where m.is_active order by m.created_at desc, m.model_id desc limit %(limit)s
) m
join public.users b on b.user_id = m.created_by_user_id
order by m.created_at desc, m.model_id desc;

-- name: models_of_brand
select {model}, {brand}
from (
    select * from public.watch_models m where m.is_active and m.created_by_user_id = %(brand_id)s
    order by m.created_at desc, m.model_id desc limit %(limit)s
) m
join public.users b on b.user_id = m.created_by_user_id
order by m.created_at desc, m.model_id desc;

-- name: models_by_words
select {model}, {brand}
from (
    select * from public.watch_models m
    where m.is_active
        and to_tsvector('simple', m.model_name || ' ' || coalesce(m.collection_name, '') || ' ' || coalesce(m.mpn, ''))
        @@ to_tsquery('simple', %(words)s || ':*')
    order by m.created_at desc, m.model_id desc limit %(limit)s
) m
join public.users b on b.user_id = m.created_by_user_id
order by m.created_at desc, m.model_id desc;

-- name: own_collections
select {collection}, jsonb_build_object('id', c.created_by_user_id, 'name', {own_name}) as created_by
from public.collections c where c.created_by_user_id = %(me)s
order by c.created_at desc, c.collection_id desc limit %(limit)s;

-- name: public_collections
select {collection}, jsonb_build_object('id', b.user_id, 'name', b.user_name) as created_by
from (
    select * from public.collections c where c.is_public order by c.created_at desc, c.collection_id desc limit %(limit)s
) c
join public.users b on b.user_id = c.created_by_user_id
order by c.created_at desc, c.collection_id desc;

-- name: own_wishes
select w.wish_id, w.model_id, w.wish_count, w.created_at, w.updated_at, m.model_name,
    case when m.model_id is not null then jsonb_build_object('id', b.user_id, 'name', b.user_name) end as brand
from public.wish_list_items w
left join public.watch_models m on m.model_id = w.model_id and m.is_active
left join public.users b on b.user_id = m.created_by_user_id
where w.retailer_id = %(me)s
order by w.created_at desc, w.wish_id desc limit %(limit)s;

-- name: regional_wishes
select r.regional_wish_id, r.model_id, r.region, r.rank_in_region, r.wish_count, r.updated_at, m.model_name
from public.regional_wish_lists r join public.watch_models m on m.model_id = r.model_id
where r.brand_id = %(me)s and r.rank_in_region is not null
order by r.region, r.rank_in_region, r.regional_wish_id limit %(limit)s;

-- name: brand_assets
select a.asset_id, a.asset_name, a.asset_type, a.file_id, a.download_count, a.is_featured, a.metadata, a.created_by_user_id,
    a.created_at, a.updated_at, a.available_from, a.available_until, a.licence_version, null::uuid[] as group_ids
from public.brand_assets a
where a.unpublished_at is null
    and (a.group_ids is null or a.group_ids && array(
        select m.group_id from public.retailer_group_members m where m.retailer_id = %(me)s
    ))
order by a.created_at desc, a.asset_id desc limit %(limit)s;
