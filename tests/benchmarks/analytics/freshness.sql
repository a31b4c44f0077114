-- name: batch
-- Actions with the seed's files, and one with the file that tells how far statistics are.
with probe as (
    insert into public.file_actions (file_id, user_id, action_type)
    select a.file_id, a.created_by_user_id, 'EDIT' from public.brand_assets a order by a.asset_id limit 1
)
insert into public.file_actions (file_id, user_id, action_type)
select f.file_id, f.created_by_user_id, (array['VIEW', 'DOWNLOAD', 'SHARE'])[1 + n %% 3]::public.file_action_type
from generate_series(1, %(rows)s) n
cross join lateral (
    select a.file_id, a.created_by_user_id from public.brand_assets a
    where a.asset_id >= gen_random_uuid() and n > 0
    order by a.asset_id limit 1
) f;

-- name: visible
-- How many of those that tell are in the statistics.
select coalesce(sum(d.metric_value), 0)::bigint
from public.daily_analytics d
where d.entity_type = 'file' and d.metric_name = 'edits' and d.date_recorded >= (now() at time zone 'UTC')::date - 1
    and d.entity_id = (select a.file_id from public.brand_assets a order by a.asset_id limit 1);

-- name: portion
select taken, is_drained from ddp.refresh_portion();
