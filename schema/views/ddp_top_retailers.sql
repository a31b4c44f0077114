-- The retailers that downloaded most assets: of each brand, and on the whole platform.

create materialized view ddp.top_retailers as
select ranked.scope, ranked.retailer_id, ranked.download_count, ranked.asset_count, ranked.last_activity_at
from (
    select
        coalesce(r.brand_id::text, 'platform') as scope, r.retailer_id,
        sum(r.download_count)::bigint as download_count, sum(r.asset_count)::bigint as asset_count,
        max(r.last_activity_at) as last_activity_at,
        row_number() over (
            partition by r.brand_id order by sum(r.download_count) desc, sum(r.asset_count) desc, r.retailer_id
        ) as position
    from ddp.retailer_stats r
    where r.download_count > 0
    group by grouping sets ((r.brand_id, r.retailer_id), (r.retailer_id))
) ranked
where ranked.position <= 10;
create unique index top_retailers_key on ddp.top_retailers (scope, retailer_id);
comment on materialized view ddp.top_retailers is
    'The ten retailers that downloaded most from each brand (scope: its id) and from all (scope: platform).';
revoke all on ddp.top_retailers from public, anon, authenticated, service_role;
