-- requires: functions/kept_days.sql
-- Taken changes → the rollups by day. Facts of days whose facts were removed come without a day (functions/take_changes.sql):
-- what is said of those days is final.
--
-- The ids of the rows that a statement inserts are one random UUID whose last 12 digits count up: a random one per row
-- would cost a kernel call each, and scatter the rows over the index.

-- One definition of what adds up by time, for days and quarter hours. What a user did with files is in metrics named
-- `…_made` (views_made), and together in `actions`; what others did with the user's files, in file_views and so on.
create or replace function ddp.timed_changes() returns table (
        owner_user_id uuid, metric_name text, day date, quarter timestamptz, change bigint
    )
    language sql stable
    set search_path = ''
    set work_mem = '64MB'
as $$
    with changes as materialized (
        select t.owner_user_id, t.entity_type || '_' || t.metric_name as metric_name, t.day, t.quarter, sum(t.change) as change
        from ddp.taken_changes t
        left join ddp.kept_since k on k.entity_type = t.entity_type
        where t.metric_name <> 'touched' and t.day >= coalesce(k.first_day, '-infinity') and t.entity_type <> 'session'
        group by 1, 2, 3, 4
    ), made as (
        select t.user_id, t.metric_name || '_made' as metric_name, t.day, t.quarter, sum(t.change) as change
        from ddp.taken_changes t
        where t.entity_type = 'file' and t.metric_name <> 'touched' and t.user_id is not null and t.day is not null
        group by 1, 2, 3, 4
    ), lines (owner_user_id, metric_name, day, quarter, change) as (
        select * from changes c where c.owner_user_id is not null  -- else it was never counted for anybody
        union all
        select null, c.metric_name, c.day, c.quarter, c.change from changes c
        union all
        select * from made
        union all
        select m.user_id, 'actions', m.day, m.quarter, m.change from made m
    )
    select l.owner_user_id, l.metric_name, l.day, l.quarter, sum(l.change)::bigint
    from lines l
    group by 1, 2, 3, 4
    having sum(l.change) <> 0
$$;
comment on function ddp.timed_changes() is
    'What the taken changes change in the totals of owners, and of the platform (owner null), by UTC day and quarter hour.';

-- Users who did something: of the platform, those with a row of actions on that day; with an owner's files, those in
-- ddp.daily_visitors.
create or replace function ddp.fold_active_users() returns table (owner_user_id uuid, day date, change bigint)
    language plpgsql volatile
    set search_path = ''
as $$
#variable_conflict use_column
begin
    return query
    with acted as (
        select t.day, t.user_id, sum(t.change) as change
        from ddp.taken_changes t
        where t.entity_type = 'file' and t.metric_name <> 'touched' and t.user_id is not null and t.day is not null
        group by t.day, t.user_id
        having sum(t.change) <> 0
    )
    select
        null::uuid, a.day, sum((coalesce(d.metric_value, 0) + a.change <> 0)::integer - (d.metric_value is not null)::integer)
    from acted a
    left join public.daily_analytics d
        on d.entity_type = 'user' and d.entity_id = a.user_id and d.metric_name = 'actions' and d.date_recorded = a.day
    group by a.day;

    return query
    with visitors as (
        insert into ddp.daily_visitors as v (owner_user_id, day, user_id)
        select distinct t.owner_user_id, t.day, t.user_id
        from ddp.taken_changes t
        where t.entity_type = 'file' and t.metric_name <> 'touched' and t.user_id is not null and t.day is not null
            and t.owner_user_id is not null
        order by 1, 2, 3
        on conflict do nothing
        returning v.owner_user_id, v.day
    )
    select v.owner_user_id, v.day, count(*) from visitors v group by v.owner_user_id, v.day;
end
$$;
comment on function ddp.fold_active_users() is
    'How many more users were active on each day, on the platform (owner null) and with each owner''s files. Asks for it '
    'before the same changes are added to daily_analytics.';

create or replace function ddp.fold_daily_analytics() returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_series constant text := left(gen_random_uuid()::text, 24);
    v_empty uuid[];
    v_empty_days date[];
begin
    with lines (day, entity_type, entity_id, metric_name, change, owner_id) as (
        select t.day, t.entity_type, t.entity_id, t.metric_name, sum(t.change), t.owner_user_id
        from ddp.taken_changes t
        left join ddp.kept_since k on k.entity_type = t.entity_type
        where t.metric_name <> 'touched' and t.day >= coalesce(k.first_day, '-infinity')
            and t.entity_type not in ('session', 'user')
            and t.owner_user_id is not null
        group by t.day, t.entity_type, t.entity_id, t.metric_name, t.owner_user_id
        union all
        select
            c.day, case when c.owner_user_id is null then 'platform' else 'user' end, c.owner_user_id, c.metric_name,
            sum(c.change), c.owner_user_id
        from ddp.timed_changes() c
        group by c.day, c.owner_user_id, c.metric_name
        union all
        select
            a.day, case when a.owner_user_id is null then 'platform' else 'user' end, a.owner_user_id, 'active_users',
            a.change, a.owner_user_id
        from ddp.fold_active_users() a
    ), kept as (
        insert into public.daily_analytics as d
            (analytics_id, date_recorded, entity_type, entity_id, metric_name, metric_value, owner_user_id)
        select
            (v_series || lpad(to_hex(row_number() over ()), 12, '0'))::uuid,
            l.day, l.entity_type, l.entity_id, l.metric_name, l.change, l.owner_id
        from (select * from lines m order by m.entity_id, m.day) l  -- an entity's rows go to the same pages
        where l.change <> 0
        on conflict (entity_type, entity_id, metric_name, date_recorded) do update set
            metric_value = d.metric_value + excluded.metric_value
        returning analytics_id, date_recorded, metric_value
    )
    select array_agg(k.analytics_id), array_agg(k.date_recorded) into v_empty, v_empty_days
    from kept k
    where k.metric_value = 0;

    delete from public.daily_analytics d
    using unnest(v_empty, v_empty_days) as e (analytics_id, date_recorded)
    where d.analytics_id = e.analytics_id and d.date_recorded = e.date_recorded;
end
$$;
comment on function ddp.fold_daily_analytics() is
    'Adds taken changes to daily_analytics: each entity, the totals of its owner (entity_type `user`, metric '
    '`<entity type>_<metric>`), and those of the platform.';

create or replace function ddp.fold_last_days() returns void
    language sql volatile
    set search_path = ''
as $$
    with days as (
        select c.entity_id, greatest(c.last_on, (  -- the days of long ago are gone
            select max(d.date_recorded) from public.daily_analytics d
            where d.entity_type = c.entity_type and d.entity_id = c.entity_id and d.metric_name = 'sent'
        )) as last_on
        from (
            select t.entity_type, t.entity_id, max(t.day) filter (where t.change > 0) as last_on
            from ddp.taken_changes t
            where t.entity_type in ('email_campaign', 'sms_campaign') and t.metric_name = 'sent'
            group by t.entity_type, t.entity_id
        ) c
    ), texts as (
        update ddp.sms_campaign_stats s set last_sent_on = d.last_on
        from days d
        where s.sms_campaign_id = d.entity_id and s.last_sent_on is distinct from d.last_on
    )
    update ddp.email_campaign_stats s set last_sent_on = d.last_on
    from days d
    where s.email_campaign_id = d.entity_id and s.last_sent_on is distinct from d.last_on
$$;
comment on function ddp.fold_last_days() is
    'Derives the last UTC day on which a message of each touched e-mail or SMS campaign was sent.';

create or replace function ddp.fold_daily_asset_downloads() returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into public.daily_asset_downloads as r (brand_id, download_date, asset_type, download_count)
    select a.created_by_user_id, c.day, a.asset_type, least(sum(c.change), 2147483647)
    from ddp.taken_changes c
    join public.brand_assets a on a.file_id = c.entity_id
    where c.entity_type = 'file' and c.metric_name = 'downloads' and c.day is not null
    group by a.created_by_user_id, c.day, a.asset_type
    on conflict (brand_id, download_date, asset_type) do update set
        download_count = least(r.download_count::bigint + excluded.download_count, 2147483647);

    if not exists (select from ddp.taken_changes c where c.entity_type = 'asset_type') then
        return;
    end if;
    -- For assets that were added, removed or changed in type, derive the days on which they were downloaded again.
    with touched as materialized (
        select distinct c.user_id as brand_id, d.date_recorded as day
        from ddp.taken_changes c
        cross join lateral (
            select daily.date_recorded from public.daily_analytics daily
            where daily.entity_type = 'file' and daily.entity_id = c.entity_id and daily.metric_name = 'downloads'
            offset 0  -- asset by asset, through the index: never over all days
        ) d
        where c.entity_type = 'asset_type'
    ), fresh as materialized (
        select t.brand_id, t.day, a.asset_type, least(sum(d.metric_value), 2147483647)::integer as downloads
        from touched t
        cross join lateral (
            select daily.entity_id, daily.metric_value from public.daily_analytics daily
            where daily.owner_user_id = t.brand_id and daily.date_recorded = t.day
                and daily.entity_type = 'file' and daily.metric_name = 'downloads'
            offset 0
        ) d
        join public.brand_assets a on a.file_id = d.entity_id and a.created_by_user_id = t.brand_id
        group by t.brand_id, t.day, a.asset_type
    ), gone as (
        delete from public.daily_asset_downloads r
        using touched t
        where r.brand_id = t.brand_id and r.download_date = t.day
            and not exists (
                select from fresh f
                where f.brand_id = r.brand_id and f.day = r.download_date and f.asset_type = r.asset_type
            )
    )
    insert into public.daily_asset_downloads as r (brand_id, download_date, asset_type, download_count)
    select f.brand_id, f.day, f.asset_type, f.downloads from fresh f
    on conflict (brand_id, download_date, asset_type) do update set download_count = excluded.download_count;
end
$$;
comment on function ddp.fold_daily_asset_downloads() is
    'Adds downloads of a brand''s assets, by day and the present type of each asset.';

-- One row per retailer, asset, kind and UTC day. What was done with a file that is no asset waits in
-- ddp.unlisted_activity, and moves here when the file is published: no fact is read again for it.
create or replace function ddp.fold_retailer_asset_activity() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.unlisted_activity (file_id, retailer_id, activity_type, day)
    select distinct c.entity_id, c.user_id, left(c.metric_name, -1), c.day
    from ddp.taken_changes c
    join public.files f on f.file_id = c.entity_id
    join public.users u on u.user_id = c.user_id and u.user_type = 'retailer'
    where c.entity_type = 'file' and c.metric_name in ('views', 'downloads', 'shares') and c.day is not null
        and not exists (select from public.brand_assets a where a.file_id = c.entity_id)
    on conflict do nothing;

    with listed as (
        delete from ddp.unlisted_activity n
        using ddp.taken_changes c, public.brand_assets a
        where c.entity_type = 'asset' and n.file_id = c.entity_id and a.file_id = c.entity_id
        returning n.file_id, n.retailer_id, n.activity_type, n.day
    )
    insert into public.retailer_asset_activity (
        activity_id, retailer_id, asset_id, activity_type, activity_date, brand_id
    )
    select
        (series.id || lpad(to_hex(row_number() over ()), 12, '0'))::uuid,
        done.retailer_id, done.asset_id, done.activity_type, done.day::timestamp at time zone 'UTC', done.brand_id
    from (select left(gen_random_uuid()::text, 24) as id) series
    cross join (
        select f.retailer_id, a.asset_id, f.activity_type, f.day, a.created_by_user_id as brand_id
        from (
            select c.entity_id as file_id, c.user_id as retailer_id, left(c.metric_name, -1) as activity_type, c.day
            from ddp.taken_changes c
            join public.users u on u.user_id = c.user_id and u.user_type = 'retailer'
            where c.entity_type = 'file' and c.metric_name in ('views', 'downloads', 'shares') and c.day is not null
            union
            select l.file_id, l.retailer_id, l.activity_type, l.day from listed l
        ) f
        join public.brand_assets a on a.file_id = f.file_id
        order by a.asset_id, f.retailer_id, f.day  -- as in the index: neighbours go to the same page
    ) done
    on conflict (retailer_id, asset_id, activity_type, activity_date) do nothing;
$$;
comment on function ddp.fold_retailer_asset_activity() is 'Adds what retailers did with brand assets, by UTC day.';
revoke all on function
    ddp.timed_changes(), ddp.fold_active_users(), ddp.fold_daily_analytics(), ddp.fold_last_days(),
    ddp.fold_daily_asset_downloads(), ddp.fold_retailer_asset_activity()
    from public, anon, authenticated, service_role;
