-- requires: functions/metric_changes.sql, functions/fold_file_actions.sql, functions/fold_campaigns.sql, functions/fold_catalogues.sql
-- requires: functions/fold_templates.sql, functions/fold_retailers.sql, functions/fold_daily.sql
-- requires: views/ddp_top_assets.sql, views/ddp_top_retailers.sql, views/ddp_template_coverage.sql
-- One refresh runs at a time: a second one waits, and then takes what came meanwhile.

-- Sorts and hashes of a million changes stay in memory; only one refresh at a time uses it.
create or replace function ddp.refresh_analytics(p_all_views boolean default false) returns bigint
    language plpgsql volatile
    set search_path = ''
    set work_mem = '64MB'
    set jit = off
as $$
declare
    v_taken bigint;
    v_stale text[];
    v_view text;
begin
    perform pg_advisory_xact_lock(hashtext('ddp.refresh_analytics'));
    -- Exactly the rows that this statement sees: rows not committed yet wait for the next refresh.
    with taken as (
        delete from ddp.metric_changes returning *
    )
    insert into ddp.taken_changes
    select t.entity_type, t.entity_id, t.user_id, t.metric_name, t.day, sum(t.change), max(t.last_at)
    from taken t
    group by t.entity_type, t.entity_id, t.user_id, t.metric_name, t.day;
    get diagnostics v_taken = row_count;
    if v_taken > 0 then
        analyze ddp.taken_changes;
        perform ddp.fold_taken_changes(v_taken);
    end if;
    v_stale := ddp.stale_views(p_all_views);
    truncate ddp.taken_changes;
    foreach v_view in array v_stale loop
        execute format('refresh materialized view concurrently ddp.%I', v_view);
    end loop;
    return v_taken;
end
$$;
comment on function ddp.refresh_analytics(boolean) is
    'Takes the queue of changes into the statistics and rollups, and refreshes the materialized views that read what '
    'changed (or all); returns how many changes it took, summed by entity, user, metric and day.';

create or replace function ddp.fold_taken_changes(p_taken bigint) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.fold_file_actions();
    perform ddp.fold_sends();
    if p_taken > 10000 then  -- else the planner would assume their earlier size
        analyze ddp.file_stats, ddp.file_user_stats, ddp.email_campaign_stats, ddp.sms_campaign_stats;
    end if;
    perform ddp.fold_social_posts();
    perform ddp.fold_campaigns();
    perform ddp.fold_templates();
    perform ddp.fold_collections();
    perform ddp.fold_products();
    perform ddp.fold_wishes();
    perform ddp.fold_retailer_stats();
    perform ddp.fold_retailer_scores();
    perform ddp.fold_daily_analytics();
    if p_taken > 10000 then
        analyze public.daily_analytics;
    end if;
    perform ddp.fold_daily_asset_downloads();
    perform ddp.fold_retailer_asset_activity();
end
$$;
comment on function ddp.fold_taken_changes(bigint) is
    'Adds the taken changes (p_taken rows) to everything derived from them. The order matters: some tables derive from '
    'others.';

-- What a view reads changes only with these. Rebuilding takes time in proportion to the assets, to brands times retailers,
-- and to the templates.
create or replace function ddp.stale_views(p_all boolean) returns text[]
    language sql stable
    set search_path = ''
as $$
    select array_remove(array[
        case when p_all or exists (
            select from ddp.taken_changes c where c.entity_type = 'asset'
        ) or exists (
            select from ddp.taken_changes c
            join public.brand_assets a on a.file_id = c.entity_id
            where c.entity_type = 'file' and c.metric_name in ('downloads', 'touched')
        ) then 'top_assets' end,
        case when p_all or exists (
            select from ddp.taken_changes c where c.entity_type in ('asset', 'user') and c.metric_name = 'touched'
        ) or exists (
            select from ddp.taken_changes c
            join public.brand_assets a on a.file_id = c.entity_id
            join public.users u on u.user_id = c.user_id and u.user_type = 'retailer'
            where c.entity_type = 'file'
        ) then 'top_retailers' end,
        case when p_all or exists (
            select from ddp.taken_changes c where c.entity_type in ('template', 'campaign')
        ) then 'template_coverage' end
    ], null)
$$;
comment on function ddp.stale_views(boolean) is
    'Which materialized views read something that the taken changes changed; or the names of all.';

create or replace function ddp.recompute_analytics() returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_facts constant text[] := array[
        'file_actions', 'sessions', 'email_sends', 'sms_sends', 'social_posts', 'social_engagement', 'email_campaigns',
        'sms_campaigns', 'campaign_participants', 'templates', 'files', 'collection_files', 'brand_assets',
        'product_variants', 'wish_list_items', 'users'
    ];
    v_queries text;
begin
    perform pg_advisory_xact_lock(hashtext('ddp.refresh_analytics'));
    delete from ddp.file_stats;
    delete from ddp.file_user_stats;
    delete from ddp.user_stats;
    delete from ddp.session_stats;
    delete from ddp.email_campaign_stats;
    delete from ddp.sms_campaign_stats;
    delete from ddp.social_post_stats;
    delete from ddp.campaign_stats;
    delete from ddp.collection_stats;
    delete from ddp.product_stats;
    delete from ddp.model_stats;
    delete from ddp.retailer_stats;
    delete from public.daily_analytics d
    where d.entity_type in ('file', 'email_campaign', 'sms_campaign', 'social_post', 'user', 'platform');
    delete from public.daily_asset_downloads;
    delete from public.retailer_asset_activity;
    delete from public.template_retailer_usage;
    delete from public.regional_wish_lists;
    delete from public.retailer_scores;

    -- One statement has one snapshot: the dropped changes are those of the counted facts. A fact that commits meanwhile is
    -- in neither, and its change waits in the queue.
    select string_agg(
        ddp.metric_changes_of(f.name, format('select x.*, 1 as sign from public.%I x', f.name)), ' union all '
    ) into v_queries
    from unnest(v_facts) f (name);
    execute
        'with dropped as (delete from ddp.metric_changes) insert into ddp.metric_changes '
        || v_queries
        || ' union all select a.* from ddp.archived_metrics a'
        || ' union all select ''template'', t.template_id, null, ''touched'', null, 0, null'
        || ' from public.campaign_templates t';
    return ddp.refresh_analytics(p_all_views => true);
end
$$;
comment on function ddp.recompute_analytics() is
    'Derives all statistics and rollups again from the facts and the archive of dropped facts, with the same result as '
    'refreshing. Corrects for changes that bypassed the triggers. Does not block writers.';
revoke all on function
    ddp.refresh_analytics(boolean), ddp.fold_taken_changes(bigint), ddp.stale_views(boolean), ddp.recompute_analytics()
    from public, anon, authenticated, service_role;
