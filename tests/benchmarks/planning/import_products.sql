-- name: person
insert into public.users (user_id, user_email, user_name, user_type, is_active)
values (%(user)s, 'brand@example.com', 'Brand', 'brand', true);

-- name: file
insert into public.files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)
values (%(user)s, 'products.csv', 'other', 1, 'files/x', %(user)s);

-- name: product_import
insert into public.product_imports (product_import_id, file_id, created_by_user_id, requested_by_user_id)
values (%(user)s, %(user)s, %(user)s, %(user)s);

-- name: begin_again
update public.product_imports set state = 'pending', ended_at = null, records_read = 0;

-- name: staging
create temporary table staging (
    external_product_id text, title text, description text, type text, vendor text, status text, tags text,
    published_at timestamptz
);

-- name: copy
copy staging from stdin (format csv, header);

-- name: upsert_all
insert into public.products as p (
    external_product_id, product_title, product_description, product_type, vendor, status, tags, published_at,
    created_by_user_id
)
select external_product_id, title, description, type, vendor, status, string_to_array(tags, ','), published_at, %(user)s
from staging
on conflict (created_by_user_id, external_product_id) do update
set product_title = excluded.product_title, product_description = excluded.product_description,
    product_type = excluded.product_type, vendor = excluded.vendor, status = excluded.status, tags = excluded.tags,
    published_at = excluded.published_at
where (p.product_title, p.product_description, p.product_type, p.vendor, p.status, p.tags, p.published_at)
    is distinct from (excluded.product_title, excluded.product_description, excluded.product_type, excluded.vendor,
    excluded.status, excluded.tags, excluded.published_at);

-- name: products
select count(*) from public.products;
