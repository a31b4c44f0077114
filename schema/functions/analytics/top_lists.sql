-- requires: functions/active_user.sql
-- Nobody may read the tables of statistics that several owners share. These functions return the few rows that the
-- caller may see, each from the beginning of an index. The views in `public` then join the tables, whose policies decide.

create or replace function ddp.sees_platform() returns boolean
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    return current_setting('role') <> 'authenticated' or ddp.active_admin_id() is not null;
end
$$;
comment on function ddp.sees_platform() is 'Whether the caller may see totals of the platform: administrators and workers may.';

create or replace function ddp.top_assets_of_caller() returns table (asset_id uuid, download_count bigint)
    language sql stable security definer
    set search_path = ''
    rows 50
as $$
    (
        select t.asset_id, t.download_count from ddp.asset_stats t
        where (select ddp.sees_platform())
        order by t.download_count desc, t.asset_id limit 50
    ) union all (
        select t.asset_id, t.download_count from ddp.asset_stats t
        where t.owner_user_id = (select ddp.active_user_id()) and (select ddp.active_user_type()) = 'brand'
        order by t.download_count desc, t.asset_id limit 50
    ) union all (
        select t.asset_id, t.download_count from ddp.asset_stats t
        where t.is_live and (select ddp.active_user_type()) = 'retailer'
        order by t.download_count desc, t.asset_id limit 50
    )
$$;
comment on function ddp.top_assets_of_caller() is
    'The fifty most downloaded assets: a brand''s own, for retailers the live ones, for administrators all.';

create or replace function ddp.top_retailers_of_caller() returns table (
        retailer_id uuid, retailer_name varchar, download_count bigint, asset_count bigint, last_activity_at timestamptz
    )
    language sql stable security definer
    set search_path = ''
    rows 10
as $$
    select t.retailer_id, u.user_name, t.download_count, t.asset_count, t.last_activity_at
    from (
        (
            select r.retailer_id, r.download_count, r.asset_count, r.last_activity_at
            from ddp.retailer_totals r
            where (select ddp.sees_platform())
            order by r.download_count desc, r.asset_count desc, r.retailer_id limit 10
        ) union all (
            select r.retailer_id, r.download_count, r.asset_count, r.last_activity_at
            from ddp.retailer_stats r
            where r.brand_id = (select ddp.active_user_id()) and not (select ddp.sees_platform())
                and r.download_count > 0
            order by r.download_count desc, r.asset_count desc, r.retailer_id limit 10
        )
        union all
        select r.retailer_id, r.download_count, r.asset_count, r.last_activity_at
        from ddp.retailer_totals r
        where r.retailer_id = (select ddp.active_user_id()) and (select ddp.active_user_type()) = 'retailer'
    ) t
    join public.users u on u.user_id = t.retailer_id
$$;
comment on function ddp.top_retailers_of_caller() is
    'The retailers that downloaded most of the calling brand''s assets; for administrators, of all assets; for a retailer, '
    'only itself.';

create or replace function ddp.template_coverage_of_caller() returns table (
        template_id uuid, retailers_reached integer, retailers_total bigint, coverage numeric
    )
    language sql stable security definer
    set search_path = ''
    rows 100
as $$
    (
        select t.template_id, t.retailers_reached, t.retailers_total, t.coverage from ddp.template_reach t
        where (select ddp.sees_platform())
        order by t.coverage desc, t.template_id limit 100
    ) union all (
        select t.template_id, t.retailers_reached, t.retailers_total, t.coverage from ddp.template_reach t
        where t.owner_user_id = (select ddp.active_user_id()) and not (select ddp.sees_platform())
        order by t.coverage desc, t.template_id limit 100
    )
$$;
comment on function ddp.template_coverage_of_caller() is
    'A hundred templates that reach most of the retailers: the caller''s own; for administrators all.';
revoke all on function
    ddp.sees_platform(), ddp.top_assets_of_caller(), ddp.top_retailers_of_caller(), ddp.template_coverage_of_caller()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.sees_platform(), ddp.top_assets_of_caller(), ddp.top_retailers_of_caller(), ddp.template_coverage_of_caller()
    to authenticated, service_role;
-- Of the release before, which rebuilt them at each refresh.
drop materialized view if exists ddp.top_assets, ddp.top_retailers, ddp.template_coverage;
