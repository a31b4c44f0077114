-- Touched retailers → what they did with each brand's assets, and with all of them.

create or replace function ddp.fold_retailer_stats() returns void
    language sql volatile
    set search_path = ''
as $$
    with touched as materialized (
        select t.user_id as brand_id, s.user_id as retailer_id
        from ddp.taken_changes t
        join ddp.file_user_stats s on s.file_id = t.entity_id
        where t.entity_type = 'asset'
        union
        select a.created_by_user_id, t.entity_id
        from ddp.taken_changes t
        join ddp.file_user_stats s on s.user_id = t.entity_id
        join public.brand_assets a on a.file_id = s.file_id
        where t.entity_type = 'user' and t.metric_name = 'touched'
    ), fresh as materialized (
        select
            t.brand_id, t.retailer_id, sum(s.view_count)::bigint as views, sum(s.download_count)::bigint as downloads,
            sum(s.share_count)::bigint as shares, count(*) filter (where s.download_count > 0) as assets,
            max(s.last_action_at) as last_at
        from (select distinct r.retailer_id from touched r) r  -- each retailer's files once, not once per brand
        join public.users u on u.user_id = r.retailer_id and u.user_type = 'retailer'
        join ddp.file_user_stats s on s.user_id = r.retailer_id
        join public.brand_assets a on a.file_id = s.file_id
        join touched t on t.retailer_id = r.retailer_id and t.brand_id = a.created_by_user_id
        group by t.brand_id, t.retailer_id
    ), gone as (
        delete from ddp.retailer_stats r
        using touched t
        where r.brand_id = t.brand_id and r.retailer_id = t.retailer_id
            and not exists (
                select from fresh f where f.brand_id = t.brand_id and f.retailer_id = t.retailer_id
            )
    )
    insert into ddp.retailer_stats (
        brand_id, retailer_id, view_count, download_count, share_count, asset_count, last_activity_at
    )
    select f.brand_id, f.retailer_id, f.views, f.downloads, f.shares, f.assets, f.last_at from fresh f
    on conflict (brand_id, retailer_id) do update set
        view_count = excluded.view_count,
        download_count = excluded.download_count,
        share_count = excluded.share_count,
        asset_count = excluded.asset_count,
        last_activity_at = excluded.last_activity_at;
$$;
comment on function ddp.fold_retailer_stats() is 'Derives again the pairs of brand and retailer whose assets or retailer changed. What retailers did has been added '
    'before, by ddp.fold_file_actions.';

create or replace function ddp.fold_retailer_totals() returns void
    language sql volatile
    set search_path = ''
as $$
    with touched as materialized (
        select t.user_id as retailer_id from ddp.taken_changes t where t.entity_type = 'file' and t.user_id is not null
        union
        select t.entity_id from ddp.taken_changes t where t.entity_type = 'user' and t.metric_name = 'touched'
        union
        select s.user_id
        from ddp.taken_changes t
        join ddp.file_user_stats s on s.file_id = t.entity_id
        where t.entity_type = 'asset'
    ), fresh as materialized (
        select
            t.retailer_id, sum(r.download_count)::bigint as downloads, sum(r.asset_count)::bigint as assets,
            max(r.last_activity_at) as last_at
        from touched t
        join ddp.retailer_stats r on r.retailer_id = t.retailer_id and r.download_count > 0
        group by t.retailer_id
    ), gone as (
        delete from ddp.retailer_totals r
        using touched t
        where r.retailer_id = t.retailer_id
            and not exists (select from fresh f where f.retailer_id = t.retailer_id)
    )
    insert into ddp.retailer_totals as r (retailer_id, download_count, asset_count, last_activity_at)
    select f.retailer_id, f.downloads, f.assets, f.last_at from fresh f
    on conflict (retailer_id) do update set
        download_count = excluded.download_count,
        asset_count = excluded.asset_count,
        last_activity_at = excluded.last_activity_at
    where (r.download_count, r.asset_count, r.last_activity_at)
        is distinct from (excluded.download_count, excluded.asset_count, excluded.last_activity_at)
$$;
comment on function ddp.fold_retailer_totals() is 'Derives the totals of touched retailers from what they did by brand.';
revoke all on function ddp.fold_retailer_stats(), ddp.fold_retailer_totals()
    from public, anon, authenticated, service_role;
