-- Taken changes → counters of files, of users with files, of users, and of sessions.

create or replace function ddp.fold_file_actions() returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    with added as (
        insert into ddp.file_user_stats (file_id, user_id)
        select distinct c.entity_id, c.user_id
        from ddp.taken_changes c
        join public.files f on f.file_id = c.entity_id
        where c.entity_type = 'file' and c.metric_name <> 'touched' and c.user_id is not null
        on conflict do nothing
        returning file_id
    ), new_users as (
        select a.file_id, count(*) as users from added a group by a.file_id
    )
    insert into ddp.file_stats as s (
        file_id, owner_user_id, view_count, download_count, share_count, edit_count, unique_users_count, last_action_at
    )
    select
        f.file_id, f.created_by_user_id,
        coalesce(sum(c.change) filter (where c.metric_name = 'views'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'downloads'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'shares'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'edits'), 0),
        coalesce(max(n.users), 0),
        max(c.last_at)
    from ddp.taken_changes c
    join public.files f on f.file_id = c.entity_id
    left join new_users n on n.file_id = f.file_id
    where c.entity_type = 'file'
    group by f.file_id
    on conflict (file_id) do update set
        owner_user_id = excluded.owner_user_id,
        view_count = s.view_count + excluded.view_count,
        download_count = s.download_count + excluded.download_count,
        share_count = s.share_count + excluded.share_count,
        edit_count = s.edit_count + excluded.edit_count,
        unique_users_count = s.unique_users_count + excluded.unique_users_count,
        last_action_at = greatest(s.last_action_at, excluded.last_action_at);

    update ddp.file_user_stats s
    set view_count = s.view_count + d.view_count,
        download_count = s.download_count + d.download_count,
        share_count = s.share_count + d.share_count,
        last_action_at = greatest(s.last_action_at, d.last_at)
    from (
        select
            c.entity_id as file_id, c.user_id,
            coalesce(sum(c.change) filter (where c.metric_name = 'views'), 0) as view_count,
            coalesce(sum(c.change) filter (where c.metric_name = 'downloads'), 0) as download_count,
            coalesce(sum(c.change) filter (where c.metric_name = 'shares'), 0) as share_count,
            max(c.last_at) as last_at
        from ddp.taken_changes c
        where c.entity_type = 'file' and c.user_id is not null
        group by 1, 2
    ) d
    where s.file_id = d.file_id and s.user_id = d.user_id;

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
comment on function ddp.fold_file_actions() is 'Adds taken changes to the statistics of files, users and sessions.';
revoke all on function ddp.fold_file_actions() from public, anon, authenticated, service_role;
