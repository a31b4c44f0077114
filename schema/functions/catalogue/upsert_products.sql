-- requires: functions/require_active_user.sql, policies/products.sql, policies/product_variants.sql
-- Creates and changes products by the shop's own ids: a few statements for any number of them.
-- What is given is looked up one by one in the unique indexes (lateral, limit 1), and each call is planned anew: a table
-- that grows by imports has statistics of when it was small, with which each batch would read all of the account's rows.

create or replace function ddp.lock_products(p_account_id uuid, p_products jsonb) returns void
    language plpgsql volatile
    set search_path = ''
    set plan_cache_mode = force_custom_plan
as $$
begin
    -- One upsert of an account at a time: two that add the same product would otherwise fail by its key.
    perform pg_advisory_xact_lock(hashtextextended('ddp.upsert_products ' || p_account_id, 0));
    perform from (
        select g ->> 'external_product_id' as external_product_id, g -> 'variants' as variants
        from jsonb_array_elements(p_products) g
        order by 1
    ) g
    cross join lateral (
        select p.product_id from public.products p
        where p.created_by_user_id = p_account_id and p.external_product_id = g.external_product_id
        limit 1
        for no key update
    ) p
    left join lateral (
        select gv ->> 'external_variant_id' as external_variant_id
        from jsonb_array_elements(g.variants) gv
        order by 1
    ) gv on true
    left join lateral (
        select v.variant_id from public.product_variants v
        where v.product_id = p.product_id and v.external_variant_id = gv.external_variant_id
        limit 1
        for no key update
    ) v on true;
end
$$;
comment on function ddp.lock_products(uuid, jsonb) is
    'Locks what ddp.upsert_products() is about to change, so that it merges with what others have committed.';

create or replace function ddp.upsert_products(p_account_id uuid, p_products jsonb)
    returns table (place integer, product_id uuid, outcome text)
    language plpgsql volatile
    set search_path = ''
    set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_defaults constant jsonb := '{"status": "draft", "tags": [], "metadata": {}}';
    v_variant_defaults constant jsonb := '{"inventory_quantity": 0, "metadata": {}}';
begin
    perform ddp.lock_products(p_account_id, p_products);
    return query
    -- What is given replaces what is there, and what is not given stays.
    with merged as materialized (
        select g.place::integer as place, p.product_id is null as is_new, coalesce(p.product_id, gen_random_uuid()) as id,
            g.product -> 'variants' as variants, r.external_product_id, r.product_title, r.product_description,
            r.product_type, r.vendor, r.published_at, r.status, r.tags, r.metadata
        from jsonb_array_elements(p_products) with ordinality g (product, place)
        left join lateral (
            select o.* from public.products o
            where o.created_by_user_id = p_account_id
                and o.external_product_id = g.product ->> 'external_product_id'
            limit 1
        ) p on true
        cross join lateral jsonb_populate_record(
            (p.*)::public.products, case when p.product_id is null then v_defaults || g.product else g.product end
        ) r
    ), created as (
        insert into public.products (
            product_id, external_product_id, product_title, product_description, product_type, vendor, published_at,
            status, tags, metadata, created_by_user_id
        )
        select m.id, m.external_product_id, m.product_title, m.product_description, m.product_type, m.vendor,
            m.published_at, m.status, m.tags, m.metadata, p_account_id
        from merged m
        where m.is_new and m.product_title is not null
    ), changed as (
        update public.products p
        set product_title = m.product_title, product_description = m.product_description,
            product_type = m.product_type, vendor = m.vendor, published_at = m.published_at, status = m.status,
            tags = m.tags, metadata = m.metadata
        from merged m
        where p.product_id = m.id and not m.is_new
            and (p.product_title, p.product_description, p.product_type, p.vendor, p.published_at, p.status, p.tags,
                p.metadata) is distinct from (m.product_title, m.product_description, m.product_type, m.vendor,
                m.published_at, m.status, m.tags, m.metadata)
        returning p.product_id
    ), merged_variants as materialized (
        select m.id as product_id, v.variant_id, r.external_variant_id,
            coalesce(r.variant_title, r.sku, r.external_variant_id) as variant_title, r.sku, r.price,
            r.compare_at_price, r.inventory_quantity, r.weight, r.metadata
        from merged m
        cross join lateral jsonb_array_elements(m.variants) g
        left join lateral (
            select o.* from public.product_variants o
            where o.product_id = m.id and o.external_variant_id = g ->> 'external_variant_id'
            limit 1
        ) v on true
        cross join lateral jsonb_populate_record(
            (v.*)::public.product_variants, case when v.variant_id is null then v_variant_defaults || g else g end
        ) r
        where m.product_title is not null
    ), created_variants as (
        insert into public.product_variants (
            product_id, external_variant_id, variant_title, sku, price, compare_at_price, inventory_quantity, weight,
            metadata
        )
        select m.product_id, m.external_variant_id, m.variant_title, m.sku, m.price, m.compare_at_price,
            m.inventory_quantity, m.weight, m.metadata
        from merged_variants m
        where m.variant_id is null
        returning product_id
    ), changed_variants as (
        update public.product_variants v
        set variant_title = m.variant_title, sku = m.sku, price = m.price, compare_at_price = m.compare_at_price,
            inventory_quantity = m.inventory_quantity, weight = m.weight, metadata = m.metadata
        from merged_variants m
        where v.variant_id = m.variant_id
            and (v.variant_title, v.sku, v.price, v.compare_at_price, v.inventory_quantity, v.weight, v.metadata)
                is distinct from (m.variant_title, m.sku, m.price, m.compare_at_price, m.inventory_quantity, m.weight,
                m.metadata)
        returning v.product_id
    )
    select m.place, case when m.product_title is not null then m.id end,
        case
            when m.product_title is null then 'rejected'
            when m.is_new then 'created'
            when m.id in (select c.product_id from changed c) or m.id in (select c.product_id from created_variants c)
                or m.id in (select c.product_id from changed_variants c) then 'changed'
            else 'unchanged'
        end
    from merged m
    order by m.place;
end
$$;
comment on function ddp.upsert_products(uuid, jsonb) is
    'Creates and changes an account''s products, and the variants that they list, by external_product_id and '
    'external_variant_id. Fields that a product does not name stay as they are, and so do variants. Returns for each '
    'product, by its place from 1, what became of it: created, changed, unchanged, or rejected: new without a title.';

create or replace function public.upsert_products(p_products jsonb)
    returns table (place integer, product_id uuid, outcome text)
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_account_id constant uuid := ddp.require_editor();
begin
    perform ddp.require(
        ddp.active_user_type() in ('brand', 'admin'), 'PT403', 'Only brands have products.', '{"code": "not-a-brand"}'
    );
    perform ddp.require(
        jsonb_typeof(p_products) = 'array' and jsonb_array_length(p_products) between 1 and 1000, 'PT422',
        'Give 1 to 1,000 products.', '{"code": "invalid-products"}'
    );
    perform ddp.require(
        (
            select count(distinct g ->> 'external_product_id') = count(*) from jsonb_array_elements(p_products) g
            where g ->> 'external_product_id' <> ''
            having count(*) = jsonb_array_length(p_products)
        ), 'PT422', 'Give each product once, with its external_product_id.', '{"code": "invalid-products"}'
    );
    return query select u.place, u.product_id, u.outcome from ddp.upsert_products(v_account_id, p_products) u;
end
$$;
comment on function public.upsert_products(jsonb) is
    'Creates and changes up to 1,000 of the acting account''s products: see ddp.upsert_products(). For brands and '
    'administrators.';
revoke all on function
    ddp.lock_products(uuid, jsonb), ddp.upsert_products(uuid, jsonb), public.upsert_products(jsonb)
    from public, anon, authenticated, service_role;
grant execute on function ddp.lock_products(uuid, jsonb), ddp.upsert_products(uuid, jsonb) to service_role;
grant execute on function public.upsert_products(jsonb) to authenticated;
