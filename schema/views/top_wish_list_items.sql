-- requires: functions/top_lists.sql, policies/analytics_tables.sql, policies/wish_list_items.sql, policies/watch_models.sql
-- Brands and administrators see sums over retailers (ddp.model_stats shows them nothing else), a retailer only its own
-- wishes.

create or replace view public.top_wish_list_items with (security_invoker = true) as
select
    row_number() over (order by w.wish_count desc, m.model_id) as position,
    m.model_id,
    m.model_name,
    m.collection_name,
    m.mpn,
    m.created_by_user_id as brand_id,
    w.wish_count,
    w.retailer_count
from (
    (
        select s.model_id, s.wish_count, s.retailer_count
        from ddp.model_stats s
        where s.wish_count > 0
        order by s.wish_count desc, s.model_id
        limit 10
    )
    union all
    (
        select i.model_id, i.wish_count::bigint, 1::bigint
        from public.wish_list_items i
        join public.watch_models v on v.model_id = i.model_id  -- ten of those that the caller sees
        where i.retailer_id = (select ddp.active_user_id()) and not (select ddp.sees_platform())
        order by i.wish_count desc, i.model_id
        limit 10
    )
) w
join public.watch_models m on m.model_id = w.model_id
order by w.wish_count desc, m.model_id
limit 10;
comment on view public.top_wish_list_items is
    'The ten models wished for most: a brand''s own models, for retailers their own wishes, for administrators all.';
comment on column public.top_wish_list_items.position is '1 is wished for most.';
comment on column public.top_wish_list_items.model_id is 'The model.';
comment on column public.top_wish_list_items.model_name is 'Its name.';
comment on column public.top_wish_list_items.collection_name is 'Its collection.';
comment on column public.top_wish_list_items.mpn is 'Manufacturer part number.';
comment on column public.top_wish_list_items.brand_id is 'The brand.';
comment on column public.top_wish_list_items.wish_count is 'Wishes.';
comment on column public.top_wish_list_items.retailer_count is 'Retailers who wish for it.';
revoke all on public.top_wish_list_items from public, anon, authenticated, service_role;
grant select on public.top_wish_list_items to authenticated, service_role;
