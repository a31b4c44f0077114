-- What brands make and what retailers wish for.

-- name: watch_models
insert into public.watch_models
    (model_id, model_name, collection_name, size, gender, material, mpn, created_at, is_active, created_by_user_id)
select pg_temp.id('model', n), line || ' ' || size, line, size || ' mm',
    (array['men', 'women', 'unisex'])[1 + pg_temp.pick(n, 'gender', 3)],
    (array['steel', 'steel and gold', 'titanium', 'rose gold', 'ceramic'])[1 + pg_temp.pick(n, 'material', 5)],
    'REF-' || lpad(n::text, 6, '0'),
    %(until)s::timestamptz - interval '1 year' - pg_temp.chance(n, 'launched') * interval '1 year',
    pg_temp.chance(n, 'sold') < 0.9, pg_temp.id('user', 1 + (n - 1) %% %(brands)s)
from (
    select n, 28 + 2 * pg_temp.pick(n, 'size', 9) as size,
        (array['Nautic', 'Aviator', 'Heritage', 'Lunar', 'Racing', 'Classic', 'Explorer', 'Petite'])
            [1 + pg_temp.pick(n, 'line', 8)] as line
    from generate_series(1, %(models)s) n
) models;

-- name: products
insert into public.products
    (product_id, external_product_id, product_title, product_description, product_type, vendor, created_at, published_at,
     status, tags, created_by_user_id)
select pg_temp.id('product', n), 'gid-' || n, m.model_name || ' ' || m.material, 'Reference ' || m.mpn, 'Watch',
    u.user_name, m.created_at, case when m.is_active then m.created_at + interval '7 days' end,
    case when m.is_active then 'active' else 'archived' end, array[lower(m.collection_name), m.gender],
    m.created_by_user_id
from generate_series(1, %(models)s) n
join public.watch_models m on m.model_id = pg_temp.id('model', n)
join public.users u on u.user_id = m.created_by_user_id;

-- name: product_variants
insert into public.product_variants
    (variant_id, product_id, external_variant_id, variant_title, sku, price, compare_at_price, inventory_quantity, weight,
     created_at)
select pg_temp.id('variant', n), pg_temp.id('product', 1 + (n - 1) / 3), 'gid-' || n, colour,
    'SKU-' || lpad(n::text, 7, '0'), price, case when n %% 5 = 0 then price * 1.2 end,
    pg_temp.pick(n, 'stock', 40), 0.08 + pg_temp.pick(n, 'weight', 120) / 1000.0, p.created_at
from (
    select n, (array['Blue dial', 'Black dial', 'Silver dial'])[1 + n %% 3] as colour,
        (450 + 50 * pg_temp.pick((n - 1) / 3, 'price', 300))::numeric as price
    from generate_series(1, %(models)s * 3) n
) variants
join public.products p on p.product_id = pg_temp.id('product', 1 + (n - 1) / 3);

-- name: wish_list_items
insert into public.wish_list_items (wish_id, model_id, retailer_id, wish_count, created_at, updated_at)
select pg_temp.id('wish', n), pg_temp.id('model', model), pg_temp.id('user', %(brands)s + retailer),
    1 + pg_temp.pick(n, 'wishes', 5), wished_at, wished_at
from (
    select n, 1 + (n - 1) / 12 as retailer,
        -- Twelve different models per retailer: a random start, then a step through the list; early ones are popular.
        1 + floor(%(models)s * power(
            ((pg_temp.pick((n - 1) / 12, 'first wish', %(models)s) + n %% 12 * %(models)s / 12) %% %(models)s
            )::float8 / %(models)s, 2
        ))::integer as model,
        %(until)s::timestamptz - pg_temp.chance(n, 'wished') * interval '1 year' as wished_at
    from generate_series(1, %(retailers)s * 12) n
) wishes
on conflict do nothing;  -- squaring sometimes makes two steps meet
