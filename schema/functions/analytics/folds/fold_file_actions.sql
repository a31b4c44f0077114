-- Taken changes → counters of files, of users with files, of retailers by brand, of users, and of sessions.

create or replace function ddp.fold_file_stats() returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- One pass over what each user did with each file. What was there before tells who is new to a file, and whose first
    -- download it is; retailers' sums follow from the same, so that nobody's other files are read again.
    with done as materialized (
        select
            c.entity_id as file_id, c.user_id,
            coalesce(sum(c.change) filter (where c.metric_name = 'views'), 0)::bigint as views,
            coalesce(sum(c.change) filter (where c.metric_name = 'downloads'), 0)::bigint as downloads,
            coalesce(sum(c.change) filter (where c.metric_name = 'shares'), 0)::bigint as shares,
            max(c.last_at) as last_at
        from ddp.taken_changes c
        where c.entity_type = 'file' and c.metric_name <> 'touched' and c.user_id is not null
        group by 1, 2
    ), compared as materialized (
        select
            d.*, s.last_action_at is null as is_new,  -- an archived pair that no refresh has seen has no time
            d.downloads > 0 and coalesce(s.download_count, 0) = 0 as is_first_download
        from done d
        join public.files f on f.file_id = d.file_id
        left join ddp.file_user_stats s on s.file_id = d.file_id and s.user_id = d.user_id
    ), kept as (
        insert into ddp.file_user_stats as s (file_id, user_id, view_count, download_count, share_count, last_action_at)
        select d.file_id, d.user_id, d.views, d.downloads, d.shares, d.last_at
        from compared d
        order by d.file_id, d.user_id  -- as in the index: neighbours go to the same page
        on conflict (file_id, user_id) do update set
            view_count = s.view_count + excluded.view_count,
            download_count = s.download_count + excluded.download_count,
            share_count = s.share_count + excluded.share_count,
            last_action_at = greatest(s.last_action_at, excluded.last_action_at)
    ), retailers as (
        insert into ddp.retailer_stats as r (
            brand_id, retailer_id, view_count, download_count, share_count, asset_count, last_activity_at
        )
        select
            a.created_by_user_id, d.user_id, sum(d.views), sum(d.downloads), sum(d.shares),
            count(*) filter (where d.is_first_download), max(d.last_at)
        from compared d
        join public.brand_assets a on a.file_id = d.file_id
        join public.users u on u.user_id = d.user_id and u.user_type = 'retailer'
        group by a.created_by_user_id, d.user_id
        on conflict (brand_id, retailer_id) do update set
            view_count = r.view_count + excluded.view_count,
            download_count = r.download_count + excluded.download_count,
            share_count = r.share_count + excluded.share_count,
            asset_count = r.asset_count + excluded.asset_count,
            last_activity_at = greatest(r.last_activity_at, excluded.last_activity_at)
    ), new_users as (
        select d.file_id, count(*) as users from compared d where d.is_new group by d.file_id
    ), counted as (
        select
            c.entity_id as file_id,
            coalesce(sum(c.change) filter (where c.metric_name = 'views'), 0) as views,
            coalesce(sum(c.change) filter (where c.metric_name = 'downloads'), 0) as downloads,
            coalesce(sum(c.change) filter (where c.metric_name = 'shares'), 0) as shares,
            coalesce(sum(c.change) filter (where c.metric_name = 'edits'), 0) as edits,
            max(c.last_at) as last_at
        from ddp.taken_changes c
        where c.entity_type = 'file'
        group by c.entity_id
    )
    insert into ddp.file_stats as s (
        file_id, owner_user_id, view_count, download_count, share_count, edit_count, unique_users_count, last_action_at
    )
    select
        f.file_id, f.created_by_user_id, c.views, c.downloads, c.shares, c.edits, coalesce(n.users, 0), c.last_at
    from counted c
    join public.files f on f.file_id = c.file_id
    left join new_users n on n.file_id = f.file_id
    on conflict (file_id) do update set
        owner_user_id = excluded.owner_user_id,
        view_count = s.view_count + excluded.view_count,
        download_count = s.download_count + excluded.download_count,
        share_count = s.share_count + excluded.share_count,
        edit_count = s.edit_count + excluded.edit_count,
        unique_users_count = s.unique_users_count + excluded.unique_users_count,
        last_action_at = greatest(s.last_action_at, excluded.last_action_at);
end
$$;
comment on function ddp.fold_file_stats() is 'Adds taken changes to the statistics of files, of users with files, and of retailers.';
revoke all on function ddp.fold_file_stats() from public, anon, authenticated, service_role;

create or replace function ddp.fold_user_stats() returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into ddp.user_stats as s (
        user_id, owner_user_id, session_count, ended_session_count, session_seconds,
        view_count, download_count, share_count, upload_count, last_action_at
    )
    select
        u.user_id, u.user_id,
        coalesce(sum(c.change) filter (where c.metric_name = 'sessions'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'ended_sessions'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'session_seconds'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'views'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'downloads'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'shares'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'uploads'), 0),
        max(c.last_at) filter (where c.entity_type = 'file')
    from ddp.taken_changes c
    join public.users u on u.user_id = case c.entity_type when 'file' then c.user_id when 'user' then c.entity_id end
    where c.metric_name <> 'touched'
    group by u.user_id
    on conflict (user_id) do update set
        session_count = s.session_count + excluded.session_count,
        ended_session_count = s.ended_session_count + excluded.ended_session_count,
        session_seconds = s.session_seconds + excluded.session_seconds,
        view_count = s.view_count + excluded.view_count,
        download_count = s.download_count + excluded.download_count,
        share_count = s.share_count + excluded.share_count,
        upload_count = s.upload_count + excluded.upload_count,
        last_action_at = greatest(s.last_action_at, excluded.last_action_at);
end
$$;
comment on function ddp.fold_user_stats() is 'Adds taken changes to the statistics of users.';
revoke all on function ddp.fold_user_stats() from public, anon, authenticated, service_role;

create or replace function ddp.fold_session_stats() returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into ddp.session_stats as s (
        session_id, owner_user_id, view_count, download_count, action_count, last_action_at
    )
    select
        e.session_id, e.user_id,
        coalesce(sum(c.change) filter (where c.metric_name = 'views'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'downloads'), 0),
        sum(c.change),
        max(c.last_at)
    from ddp.taken_changes c
    join public.sessions e on e.session_id = c.entity_id
    where c.entity_type = 'session'
    group by e.session_id
    on conflict (session_id) do update set
        view_count = s.view_count + excluded.view_count,
        download_count = s.download_count + excluded.download_count,
        action_count = s.action_count + excluded.action_count,
        last_action_at = greatest(s.last_action_at, excluded.last_action_at);
end
$$;
comment on function ddp.fold_session_stats() is 'Adds taken changes to the statistics of sessions.';
revoke all on function ddp.fold_session_stats() from public, anon, authenticated, service_role;

-- One function for all three, so that a refresh during a deploy never folds only some of them.
create or replace function ddp.fold_file_actions() returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.fold_file_stats();
    perform ddp.fold_user_stats();
    perform ddp.fold_session_stats();
end
$$;
comment on function ddp.fold_file_actions() is 'Adds taken changes to the statistics of files, users, retailers and sessions.';
revoke all on function ddp.fold_file_actions() from public, anon, authenticated, service_role;
