-- Variants of products. Row level security decides what is visible and what may change.

-- part: summary
variant_id, product_id, external_variant_id, variant_title, sku, price, compare_at_price, inventory_quantity, weight,
    created_at, updated_at

-- name: create_variant
-- Creates a variant of a product.
insert into public.product_variants (
    product_id, external_variant_id, variant_title, sku, price, compare_at_price, inventory_quantity, weight, metadata
)
select %(product_id)s, c.external_variant_id, c.variant_title, c.sku, c.price, c.compare_at_price, c.inventory_quantity,
    c.weight, c.metadata
from jsonb_populate_record(null::public.product_variants, %(values)s) c
returning *;

-- name: list_variants
-- A product's variants, the oldest first, after the cursor (at, id); limit is one row more than a page.
select {summary} from public.product_variants
where product_id = %(product_id)s
    and (%(at)s::timestamptz is null or (created_at, variant_id) > (%(at)s, %(id)s))
order by created_at, variant_id
limit %(limit)s;

-- name: get_variant
-- One variant of a product that the caller may see.
select * from public.product_variants where product_id = %(product_id)s and variant_id = %(variant_id)s;

-- name: update_variant
-- Changes the fields that are in `change`, and no others.
update public.product_variants t
set (variant_title, sku, price, compare_at_price, inventory_quantity, weight, metadata) = (
    select c.variant_title, c.sku, c.price, c.compare_at_price, c.inventory_quantity, c.weight, c.metadata
    from jsonb_populate_record(t, %(change)s) c
)
where t.product_id = %(product_id)s and t.variant_id = %(variant_id)s
returning *;

-- name: delete_variant
-- Deletes a variant.
delete from public.product_variants where product_id = %(product_id)s and variant_id = %(variant_id)s
returning *;
