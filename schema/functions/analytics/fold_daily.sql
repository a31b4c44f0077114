-- Taken changes → the rollups by day.
--
-- The ids of the rows that a statement inserts are one random UUID whose last 12 digits count up: a random one per row
-- would cost a kernel call each, and scatter the rows over the index.

create or replace function ddp.fold_daily_analytics() returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_series constant text := left(gen_random_uuid()::text, 24);
    v_empty uuid[];
    v_empty_days date[];
begin
    with changes as materialized (
        select
            c.*,
            case c.entity_type
                when 'file' then f.created_by_user_id
                when 'email_campaign' then e.created_by_user_id
                when 'sms_campaign' then s.created_by_user_id
                when 'social_post' then account.user_id
                when 'user' then c.entity_id
            end as owner_id
        from (
            select t.entity_type, t.entity_id, t.metric_name, t.day, sum(t.change) as change
            from ddp.taken_changes t
            where t.metric_name <> 'touched' and t.day is not null and t.entity_type <> 'session'
            group by t.entity_type, t.entity_id, t.metric_name, t.day
            having sum(t.change) <> 0
        ) c
        left join public.files f on f.file_id = c.entity_id
        left join public.email_campaigns e on e.email_campaign_id = c.entity_id
        left join public.sms_campaigns s on s.sms_campaign_id = c.entity_id
        left join public.social_posts p on p.post_id = c.entity_id
        left join public.social_accounts account on account.account_id = p.account_id
    ), acted as materialized (
        select c.day, c.user_id, sum(c.change) as change
        from ddp.taken_changes c
        join public.users u on u.user_id = c.user_id
        where c.entity_type = 'file' and c.metric_name <> 'touched'
        group by c.day, c.user_id
        having sum(c.change) <> 0
    ), lines (day, entity_type, entity_id, metric_name, change, owner_id) as (
        select c.day, c.entity_type, c.entity_id, c.metric_name, c.change, c.owner_id
        from changes c
        where c.entity_type <> 'user' and c.owner_id is not null  -- an entity that no longer exists has no owner
        union all
        select c.day, 'user', c.owner_id, c.entity_type || '_' || c.metric_name, sum(c.change), c.owner_id
        from changes c
        where c.owner_id is not null
        group by c.day, c.owner_id, c.entity_type, c.metric_name
        union all
        select c.day, 'platform', null, c.entity_type || '_' || c.metric_name, sum(c.change), null
        from changes c
        group by c.day, c.entity_type, c.metric_name
        union all
        select a.day, 'user', a.user_id, 'actions', a.change, a.user_id
        from acted a
        union all
        select
            a.day, 'platform', null, 'active_users',
            sum((coalesce(d.metric_value, 0) + a.change <> 0)::integer - (d.metric_value is not null)::integer), null
        from acted a  -- a user with a row of actions on a day was active
        left join public.daily_analytics d
            on d.entity_type = 'user' and d.entity_id = a.user_id and d.metric_name = 'actions'
            and d.date_recorded = a.day
        group by a.day
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

create or replace function ddp.fold_daily_asset_downloads() returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into public.daily_asset_downloads as r (brand_id, download_date, asset_type, download_count)
    select a.created_by_user_id, c.day, a.asset_type, least(sum(c.change), 2147483647)
    from ddp.taken_changes c
    join public.brand_assets a on a.file_id = c.entity_id
    where c.entity_type = 'file' and c.metric_name = 'downloads'
    group by a.created_by_user_id, c.day, a.asset_type
    on conflict (brand_id, download_date, asset_type) do update set
        download_count = least(r.download_count::bigint + excluded.download_count, 2147483647);

    if not exists (select from ddp.taken_changes c where c.entity_type = 'asset') then
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
        where c.entity_type = 'asset'
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

-- One row per retailer, asset, kind and UTC day. An asset that is published after something was done with its file gets
-- the rows of the days before, too.
create or replace function ddp.fold_retailer_asset_activity() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into public.retailer_asset_activity (
        activity_id, retailer_id, asset_id, activity_type, activity_date, brand_id
    )
    select
        (series.id || lpad(to_hex(row_number() over ()), 12, '0'))::uuid,
        done.retailer_id, done.asset_id, left(done.metric_name, -1), done.day::timestamp at time zone 'UTC', done.brand_id
    from (select left(gen_random_uuid()::text, 24) as id) series
    cross join (
        select f.user_id as retailer_id, a.asset_id, f.metric_name, f.day, a.created_by_user_id as brand_id
        from (
            select c.entity_id as file_id, c.user_id, c.metric_name, c.day
            from ddp.taken_changes c
            where c.entity_type = 'file' and c.metric_name in ('views', 'downloads', 'shares')
                and not exists (  -- those come below, with everything that was ever done
                    select from ddp.taken_changes t where t.entity_type = 'asset' and t.entity_id = c.entity_id
                )
            union
            select c.entity_id, s.user_id, lower(s.action_type::text) || 's', (s.action_timestamp at time zone 'UTC')::date
            from ddp.taken_changes c
            join public.file_actions s on s.file_id = c.entity_id
            where c.entity_type = 'asset' and s.action_type in ('VIEW', 'DOWNLOAD', 'SHARE')
            union
            select c.entity_id, m.user_id, m.metric_name, m.day
            from ddp.taken_changes c
            join ddp.archived_metrics m on m.entity_type = 'file' and m.entity_id = c.entity_id
            where c.entity_type = 'asset' and m.metric_name in ('views', 'downloads', 'shares')
        ) f
        join public.brand_assets a on a.file_id = f.file_id
        join public.users u on u.user_id = f.user_id and u.user_type = 'retailer'
        order by a.asset_id, f.user_id, f.day  -- as in the index: neighbours go to the same page
    ) done
    on conflict (retailer_id, asset_id, activity_type, activity_date) do nothing;
$$;
comment on function ddp.fold_retailer_asset_activity() is 'Adds what retailers did with brand assets, by UTC day.';
revoke all on function
    ddp.fold_daily_analytics(), ddp.fold_daily_asset_downloads(), ddp.fold_retailer_asset_activity()
    from public, anon, authenticated, service_role;
