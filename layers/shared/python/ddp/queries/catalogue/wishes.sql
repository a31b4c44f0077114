-- Wishes of retailers for watch models, and their sums by region for brands.

-- name: list_own
-- The acting retailer's wishes, newest first, after the cursor (at, id); a model that is no longer active has no name.
with page as materialized (
    select wish_id, model_id, wish_count, created_at, updated_at from public.wish_list_items
    where retailer_id = (select ddp.active_user_id())
        and (%(at)s::timestamptz is null or (created_at, wish_id) < (%(at)s, %(id)s))
    order by created_at desc, wish_id desc
    limit %(limit)s
), models as materialized (
    select m.model_id, m.model_name, m.created_by_user_id from public.watch_models m
    where m.model_id = any (array(select p.model_id from page p))
)
select p.*, m.model_name,
    case when m.model_id is not null then jsonb_build_object('id', m.created_by_user_id, 'name', n.name) end as brand
from page p
left join models m on m.model_id = p.model_id
left join ddp.names_of(array(select distinct o.created_by_user_id from models o)) n on n.id = m.created_by_user_id
order by p.created_at desc, p.wish_id desc;

-- name: put
-- Sets how many of a model the acting retailer wishes for.
insert into public.wish_list_items (model_id, retailer_id, wish_count)
select %(model_id)s, (select ddp.active_user_id()), %(wish_count)s
where exists (select from public.watch_models m where m.model_id = %(model_id)s)
on conflict (retailer_id, model_id) do update set wish_count = excluded.wish_count
returning wish_id;

-- name: get
-- One of the acting retailer's wishes.
select w.wish_id, w.model_id, w.wish_count, w.created_at, w.updated_at, m.model_name,
    case when m.model_id is not null then jsonb_build_object('id', m.created_by_user_id, 'name', n.name) end as brand
from public.wish_list_items w
left join public.watch_models m on m.model_id = w.model_id
left join lateral ddp.names_of(array[m.created_by_user_id]) n on true
where w.retailer_id = (select ddp.active_user_id()) and w.model_id = %(model_id)s;

-- name: remove
-- Removes the acting retailer's wish for a model.
delete from public.wish_list_items
where retailer_id = (select ddp.active_user_id()) and model_id = %(model_id)s
returning model_id;

-- name: list_regional
-- The acting brand's models by region and rank, after the cursor (region, rank, id). A refresh ranks every row.
with page as materialized (
    select regional_wish_id, model_id, region, rank_in_region, wish_count, updated_at
    from public.regional_wish_lists
    where brand_id = (select ddp.active_user_id()) and rank_in_region is not null
        and (%(region)s::text is null or region = %(region)s)
        and (
            %(after_region)s::text is null
            or (region, rank_in_region, regional_wish_id) > (%(after_region)s, %(after_rank)s, %(after_id)s)
        )
    order by region, rank_in_region, regional_wish_id
    limit %(limit)s
), models as materialized (
    select m.model_id, m.model_name from public.watch_models m
    where m.model_id = any (array(select p.model_id from page p))
)
select p.*, m.model_name
from page p
join models m on m.model_id = p.model_id
order by p.region, p.rank_in_region, p.regional_wish_id;
