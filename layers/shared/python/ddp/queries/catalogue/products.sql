-- Products. Row level security decides what is visible and what may change; the explicit filters let the planner use an
-- index. Lists continue after the cursor (at, id); limit is one row more than a page, to detect a next page.

-- part: summary
product_id, external_product_id, product_title, product_type, vendor, status, published_at, created_by_user_id, created_at,
    updated_at

-- part: named
select p.*, jsonb_build_object('id', p.created_by_user_id, 'name', n.name) as brand
from page p
left join ddp.names_of(array(select distinct q.created_by_user_id from page q)) n on n.id = p.created_by_user_id

-- part: own_brand
jsonb_build_object('id', created_by_user_id, 'name', (select ddp.name_of_caller())) as brand

-- part: filters
(%(status)s::text is null or status = %(status)s)
        and (%(vendor)s::text is null or vendor = %(vendor)s)
        and (%(product_type)s::text is null or product_type = %(product_type)s)

-- name: create_product
-- Creates a product of the acting account.
with page as (
    insert into public.products (
        external_product_id, product_title, product_description, product_type, vendor, published_at, status, tags,
        metadata, created_by_user_id
    )
    select c.external_product_id, c.product_title, c.product_description, c.product_type, c.vendor, c.published_at,
        c.status, c.tags, c.metadata, (select ddp.active_user_id())
    from jsonb_populate_record(null::public.products, %(values)s) c
    returning *
)
{named};

-- name: list_own
-- The acting account's products, the newest first.
select {summary}, {own_brand}
from public.products
where created_by_user_id = (select ddp.active_user_id())
    and {filters}
    and (%(at)s::timestamptz is null or (created_at, product_id) < (%(at)s, %(id)s))
order by created_at desc, product_id desc
limit %(limit)s;

-- name: list_published
-- Everyone's published products, the latest published first.
with page as materialized (
    select {summary} from public.products
    where published_at <= now()
        and {filters}
        and (%(at)s::timestamptz is null or (published_at, product_id) < (%(at)s, %(id)s))
    order by published_at desc, product_id desc
    limit %(limit)s
)
{named}
order by p.published_at desc, p.product_id desc;

-- name: find_own
-- The acting account's products by words and tags, in the order of the list.
select {summary}, {own_brand}
from public.find_products(
    'own', %(words)s, %(tags)s, %(status)s, %(vendor)s, %(product_type)s, %(at)s, %(id)s, %(limit)s
);

-- name: find_published
-- Published products by words and tags, in the order of the list.
with page as materialized (
    select {summary}
    from public.find_products(
        'published', %(words)s, %(tags)s, %(status)s, %(vendor)s, %(product_type)s, %(at)s, %(id)s, %(limit)s
    )
)
{named}
order by p.published_at desc, p.product_id desc;

-- name: get_product
-- One product, if the caller may see it.
with page as (
    select * from public.products where product_id = %(product_id)s
)
{named};

-- name: update_product
-- Changes the fields that are in `change`, and no others.
with page as (
    update public.products t
    set (product_title, product_description, product_type, vendor, published_at, status, tags, metadata) = (
        select c.product_title, c.product_description, c.product_type, c.vendor, c.published_at, c.status, c.tags,
            c.metadata
        from jsonb_populate_record(t, %(change)s) c
    )
    where t.product_id = %(product_id)s
    returning *
)
{named};

-- name: delete_product
-- Deletes a product with its variants.
with page as (
    delete from public.products where product_id = %(product_id)s
    returning *
)
{named};

-- name: upsert
-- Creates and changes products by their external ids. Returns what became of each, by its place.
select place, product_id, outcome from public.upsert_products(%(products)s) order by place;
