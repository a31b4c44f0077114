-- Facts that are about to go → what statistics still need of them. Recomputing starts from it
-- (functions/reset_action_stats.sql).

create or replace function ddp.archive_actions(p_source text) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    -- Rows are locked in the order in which a refresh locks them. A pair of file and user that no refresh has seen yet
    -- gets a row without last_action_at, by which the refresh knows it as new.
    execute format(
        $query$
            with gone as materialized (%s), files as (
                insert into ddp.archived_files as a (file_id, view_count, download_count, share_count, edit_count)
                select
                    g.file_id, count(*) filter (where g.action_type = 'VIEW'),
                    count(*) filter (where g.action_type = 'DOWNLOAD'),
                    count(*) filter (where g.action_type = 'SHARE'), count(*) filter (where g.action_type = 'EDIT')
                from gone g
                group by g.file_id
                order by g.file_id
                on conflict (file_id) do update set
                    view_count = a.view_count + excluded.view_count,
                    download_count = a.download_count + excluded.download_count,
                    share_count = a.share_count + excluded.share_count,
                    edit_count = a.edit_count + excluded.edit_count
            ), pairs as (
                insert into ddp.file_user_stats as s (
                    file_id, user_id, archived_view_count, archived_download_count, archived_share_count
                )
                select
                    g.file_id, g.user_id, count(*) filter (where g.action_type = 'VIEW'),
                    count(*) filter (where g.action_type = 'DOWNLOAD'),
                    count(*) filter (where g.action_type = 'SHARE')
                from gone g
                where g.user_id is not null
                group by g.file_id, g.user_id
                order by g.file_id, g.user_id
                on conflict (file_id, user_id) do update set
                    archived_view_count = s.archived_view_count + excluded.archived_view_count,
                    archived_download_count = s.archived_download_count + excluded.archived_download_count,
                    archived_share_count = s.archived_share_count + excluded.archived_share_count
            ), users as (
                insert into ddp.user_stats as s (
                    user_id, owner_user_id, archived_view_count, archived_download_count, archived_share_count,
                    archived_upload_count
                )
                select
                    g.user_id, g.user_id, count(*) filter (where g.action_type = 'VIEW'),
                    count(*) filter (where g.action_type = 'DOWNLOAD'),
                    count(*) filter (where g.action_type = 'SHARE'), count(*) filter (where g.action_type = 'UPLOAD')
                from gone g
                where g.user_id is not null
                group by g.user_id
                order by g.user_id
                on conflict (user_id) do update set
                    archived_view_count = s.archived_view_count + excluded.archived_view_count,
                    archived_download_count = s.archived_download_count + excluded.archived_download_count,
                    archived_share_count = s.archived_share_count + excluded.archived_share_count,
                    archived_upload_count = s.archived_upload_count + excluded.archived_upload_count
            ), sessions as (
                insert into ddp.session_stats as s (
                    session_id, owner_user_id, archived_view_count, archived_download_count, archived_action_count
                )
                select
                    e.session_id, e.user_id, count(*) filter (where g.action_type = 'VIEW'),
                    count(*) filter (where g.action_type = 'DOWNLOAD'), count(*)
                from gone g
                join public.sessions e on e.session_id = g.session_id
                group by e.session_id
                order by e.session_id
                on conflict (session_id) do update set
                    archived_view_count = s.archived_view_count + excluded.archived_view_count,
                    archived_download_count = s.archived_download_count + excluded.archived_download_count,
                    archived_action_count = s.archived_action_count + excluded.archived_action_count
            )
            select count(*) from gone
        $query$, p_source
    ) into v_count;
    return v_count;
end
$$;
comment on function ddp.archive_actions(text) is
    'Adds the file_actions of a source (which may remove them) to what is archived by file, pair and user; returns how many.';

create or replace function ddp.archive_engagement(p_source text) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    execute format(
        'insert into ddp.archived_engagement as a (post_id, engagement_type, engagement_count, recorded_at)'
        ' select distinct on (s.post_id, s.engagement_type)'
        ' s.post_id, s.engagement_type, s.engagement_count, s.recorded_at from (%s) s'
        ' order by s.post_id, s.engagement_type, s.recorded_at desc, s.engagement_count desc'
        ' on conflict (post_id, engagement_type) do update set'
        ' engagement_count = excluded.engagement_count, recorded_at = excluded.recorded_at'
        ' where (excluded.recorded_at, excluded.engagement_count) > (a.recorded_at, a.engagement_count)', p_source
    );
end
$$;
comment on function ddp.archive_engagement(text) is
    'Archives the newest measurement of each post and kind in a source; harmless when repeated.';

revoke all on function ddp.archive_actions(text), ddp.archive_engagement(text)
    from public, anon, authenticated, service_role;
