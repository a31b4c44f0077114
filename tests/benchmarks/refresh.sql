-- name: actions
insert into public.file_actions (file_id, user_id, action_type)
select a.file_id, u.user_id, (array['VIEW', 'DOWNLOAD', 'SHARE'])[1 + n %% 3]::public.file_action_type
from generate_series(1, %(rows)s) n
join (select file_id, row_number() over (order by asset_id) - 1 as place, count(*) over () as places
      from public.brand_assets) a on a.place = n * 37 %% a.places
join (select user_id, row_number() over (order by user_id) - 1 as place, count(*) over () as places
      from public.users where user_type = 'retailer') u on u.place = n * 13 %% u.places;

-- name: refresh
select ddp.refresh_analytics();

-- name: recompute
select ddp.recompute_analytics();
