-- Wishes of retailers for watch models, and their sums by region for brands.

-- name: list_own
-- The acting retailer's wishes, newest first, after the cursor (at, id); a model that is no longer active has no name.
with page as materialized (
    select w.wish_id, w.model_id, w.wish_count, w.created_at, w.updated_at, m.model_name, m.created_by_user_id
    from public.wish_list_items w
    left join public.watch_models m on m.model_id = w.model_id
    where w.retailer_id = (select ddp.active_user_id())
        and (%(at)s::timestamptz is null or (w.created_at, w.wish_id) < (%(at)s, %(id)s))
    order by w.created_at desc, w.wish_id desc
    limit %(limit)s
)
select p.wish_id, p.model_id, p.wish_count, p.created_at, p.updated_at, p.model_name,
    case when p.model_name is not null then jsonb_build_object('id', p.created_by_user_id, 'name', n.name) end as brand
from page p
left join ddp.names_of(array(select distinct q.created_by_user_id from page q)) n on n.id = p.created_by_user_id
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
-- The region may be written in any spelling.
select r.regional_wish_id, r.model_id, r.region, r.rank_in_region, r.wish_count, r.updated_at, m.model_name
from public.regional_wish_lists r
join public.watch_models m on m.model_id = r.model_id
where r.brand_id = (select ddp.active_user_id()) and r.rank_in_region is not null
    and (%(region)s::text is null or r.region = (select ddp.region_named(%(region)s)))
    and (
        %(after_region)s::text is null
        or (r.region, r.rank_in_region, r.regional_wish_id) > (%(after_region)s, %(after_rank)s, %(after_id)s)
    )
order by r.region, r.rank_in_region, r.regional_wish_id
limit %(limit)s;
