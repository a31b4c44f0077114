-- requires: functions/region_names.sql
-- Touched collections, products and watch models → their statistics, and the regional wish lists.

create or replace function ddp.fold_collections() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.collection_stats (
        collection_id, owner_user_id, file_count, total_size, view_count, download_count, share_count, last_action_at
    )
    select
        c.collection_id, c.created_by_user_id, count(f.file_id), coalesce(sum(f.file_size), 0),
        coalesce(sum(s.view_count), 0), coalesce(sum(s.download_count), 0), coalesce(sum(s.share_count), 0),
        max(s.last_action_at)
    from (
        select t.entity_id as collection_id from ddp.taken_changes t where t.entity_type = 'collection'
        union
        select cf.collection_id
        from ddp.taken_changes t
        join public.collection_files cf on cf.file_id = t.entity_id
        where t.entity_type = 'file'
    ) touched
    join public.collections c on c.collection_id = touched.collection_id
    left join public.collection_files cf on cf.collection_id = c.collection_id
    left join public.files f on f.file_id = cf.file_id and f.deleted_at is null
    left join ddp.file_stats s on s.file_id = f.file_id
    group by c.collection_id
    on conflict (collection_id) do update set
        owner_user_id = excluded.owner_user_id,
        file_count = excluded.file_count,
        total_size = excluded.total_size,
        view_count = excluded.view_count,
        download_count = excluded.download_count,
        share_count = excluded.share_count,
        last_action_at = excluded.last_action_at;
$$;
comment on function ddp.fold_collections() is
    'Derives collections that were touched, or whose files were, from their live files.';

create or replace function ddp.fold_products() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.product_stats (
        product_id, owner_user_id, variant_count, in_stock_variant_count, inventory_quantity,
        lowest_price, highest_price, discounted_variant_count
    )
    select
        p.product_id, p.created_by_user_id, count(v.variant_id),
        count(*) filter (where v.inventory_quantity > 0), coalesce(sum(v.inventory_quantity), 0),
        min(v.price), max(v.price), count(*) filter (where v.compare_at_price > v.price)
    from public.products p
    left join public.product_variants v on v.product_id = p.product_id
    where p.product_id in (select t.entity_id from ddp.taken_changes t where t.entity_type = 'product')
    group by p.product_id
    on conflict (product_id) do update set
        variant_count = excluded.variant_count,
        in_stock_variant_count = excluded.in_stock_variant_count,
        inventory_quantity = excluded.inventory_quantity,
        lowest_price = excluded.lowest_price,
        highest_price = excluded.highest_price,
        discounted_variant_count = excluded.discounted_variant_count;
$$;
comment on function ddp.fold_products() is 'Derives touched products from their variants.';

create or replace function ddp.fold_wishes() returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_models constant uuid[] := array(
        select t.entity_id from ddp.taken_changes t where t.entity_type = 'model'
        union
        select w.model_id  -- the region of a retailer may have changed
        from ddp.taken_changes t
        join public.wish_list_items w on w.retailer_id = t.entity_id
        where t.entity_type = 'user' and t.metric_name = 'touched'
    );
begin
    if v_models = '{}' then
        return;
    end if;
    insert into ddp.model_stats (model_id, owner_user_id, wish_count, retailer_count)
    select m.model_id, m.created_by_user_id, coalesce(sum(w.wish_count), 0), count(w.retailer_id)
    from public.watch_models m
    left join public.wish_list_items w on w.model_id = m.model_id
    where m.model_id = any (v_models)
    group by m.model_id
    on conflict (model_id) do update set
        owner_user_id = excluded.owner_user_id,
        wish_count = excluded.wish_count,
        retailer_count = excluded.retailer_count;

    with fresh as materialized (
        select
            m.model_id, m.created_by_user_id as brand_id, least(sum(w.wish_count), 2147483647)::integer as wish_count,
            coalesce(n.region, 'unknown') as region
        from public.watch_models m
        join public.wish_list_items w on w.model_id = m.model_id
        join public.users u on u.user_id = w.retailer_id
        left join ddp.regions_by_name() n on n.name_key = ddp.name_key(u.profile_data ->> 'region')
        where m.model_id = any (v_models)
        group by m.model_id, 4
    ), gone as (
        delete from public.regional_wish_lists r
        where r.model_id = any (v_models)
            and not exists (select from fresh f where f.model_id = r.model_id and f.region = r.region)
    )
    insert into public.regional_wish_lists as r (model_id, region, wish_count, brand_id)
    select f.model_id, f.region, f.wish_count, f.brand_id from fresh f
    on conflict (model_id, region) do update set wish_count = excluded.wish_count, brand_id = excluded.brand_id
    where (r.wish_count, r.brand_id) is distinct from (excluded.wish_count, excluded.brand_id);

    -- A brand's ranks move together: within each of its regions, most wishes first, then the model's id.
    update public.regional_wish_lists r
    set rank_in_region = ranked.position
    from (
        select
            l.regional_wish_id,
            row_number() over (partition by l.brand_id, l.region order by l.wish_count desc, l.model_id) as position
        from public.regional_wish_lists l
        where l.brand_id in (
            select m.created_by_user_id from public.watch_models m where m.model_id = any (v_models)
        )
    ) ranked
    where r.regional_wish_id = ranked.regional_wish_id and r.rank_in_region is distinct from ranked.position;
end
$$;
comment on function ddp.fold_wishes() is
    'Derives the wishes for touched models, in total and by region (what profile_data.region of the retailer names in geography, else `unknown`), and ranks them.';
revoke all on function ddp.fold_collections(), ddp.fold_products(), ddp.fold_wishes()
    from public, anon, authenticated, service_role;
