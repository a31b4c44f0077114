-- requires: functions/kept_days.sql
-- What recomputing starts from: the statistics of facts that retention removed, as the archive says. The archive has no
-- times: of a last action before the months that are kept, its own statistic knows.

-- The condition says which rows `s` are not reset yet: portions of one transaction each come to an end.
create or replace function ddp.reset_file_user_stats(p_since timestamptz, p_most integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_removed bigint;
    v_reset bigint;
begin
    delete from ddp.file_user_stats d
    where d.ctid = any (array(
        select s.ctid from ddp.file_user_stats s
        where s.archived_view_count + s.archived_download_count + s.archived_share_count = 0
            and (s.last_action_at >= p_since or s.last_action_at is null or not isfinite(p_since))
        limit p_most
    ));
    get diagnostics v_removed = row_count;
    update ddp.file_user_stats u
    set view_count = u.archived_view_count, download_count = u.archived_download_count,
        share_count = u.archived_share_count, last_action_at = least(u.last_action_at, p_since)
    where u.ctid = any (array(
        select s.ctid from ddp.file_user_stats s
        where (s.view_count, s.download_count, s.share_count)
                is distinct from (s.archived_view_count, s.archived_download_count, s.archived_share_count)
            or s.last_action_at > p_since or s.last_action_at is null
        limit p_most - v_removed
    ));
    get diagnostics v_reset = row_count;
    return v_removed + v_reset;
end
$$;
comment on function ddp.reset_file_user_stats(timestamptz, integer) is
    'Resets a portion of what users did with files; returns how many rows: fewer than p_most when it is done.';

create or replace function ddp.reset_file_stats(p_since timestamptz, p_most integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_removed bigint;
    v_reset bigint;
begin
    delete from ddp.file_stats d
    where d.ctid = any (array(
        select s.ctid from ddp.file_stats s
        where not exists (select from ddp.archived_files a where a.file_id = s.file_id)
        limit p_most
    ));
    get diagnostics v_removed = row_count;
    insert into ddp.file_stats as s (
        file_id, owner_user_id, view_count, download_count, share_count, edit_count, unique_users_count
    )
    select
        o.file_id, o.owner_user_id, o.view_count, o.download_count, o.share_count, o.edit_count, o.users
    from (
        select
            a.*, f.created_by_user_id as owner_user_id,
            (select count(*) from ddp.file_user_stats u where u.file_id = a.file_id) as users
        from ddp.archived_files a
        join public.files f on f.file_id = a.file_id
    ) o
    left join ddp.file_stats s on s.file_id = o.file_id
    where (s.view_count, s.download_count, s.share_count, s.edit_count, s.unique_users_count)
            is distinct from (o.view_count, o.download_count, o.share_count, o.edit_count, o.users)
        or s.last_action_at > p_since
    limit p_most - v_removed
    on conflict (file_id) do update set
        view_count = excluded.view_count, download_count = excluded.download_count,
        share_count = excluded.share_count, edit_count = excluded.edit_count,
        unique_users_count = excluded.unique_users_count, last_action_at = least(s.last_action_at, p_since);
    get diagnostics v_reset = row_count;
    return v_removed + v_reset;
end
$$;
comment on function ddp.reset_file_stats(timestamptz, integer) is
    'Resets a portion of the statistics of files, after those of users with files; returns how many rows.';

create or replace function ddp.reset_user_stats(p_since timestamptz, p_most integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_reset bigint;
begin
    update ddp.user_stats u
    set view_count = u.archived_view_count, download_count = u.archived_download_count,
        share_count = u.archived_share_count, upload_count = u.archived_upload_count,
        session_count = u.archived_session_count, ended_session_count = u.archived_ended_session_count,
        session_seconds = u.archived_session_seconds,
        last_action_at = case when u.last_action_at < p_since then u.last_action_at end
    where u.ctid = any (array(
        select s.ctid from ddp.user_stats s
        where (
                s.view_count, s.download_count, s.share_count, s.upload_count, s.session_count, s.ended_session_count,
                s.session_seconds
            ) is distinct from (
                s.archived_view_count, s.archived_download_count, s.archived_share_count, s.archived_upload_count,
                s.archived_session_count, s.archived_ended_session_count, s.archived_session_seconds
            )
            or s.last_action_at >= p_since
        limit p_most
    ));
    get diagnostics v_reset = row_count;
    return v_reset;
end
$$;
comment on function ddp.reset_user_stats(timestamptz, integer) is 'Resets a portion of the statistics of users; returns how many rows.';

create or replace function ddp.reset_session_stats(p_since timestamptz, p_most integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_removed bigint;
    v_reset bigint;
begin
    delete from ddp.session_stats d
    where d.ctid = any (array(select s.ctid from ddp.session_stats s where s.archived_action_count = 0 limit p_most));
    get diagnostics v_removed = row_count;
    update ddp.session_stats u
    set view_count = u.archived_view_count, download_count = u.archived_download_count,
        action_count = u.archived_action_count, last_action_at = least(u.last_action_at, p_since)
    where u.ctid = any (array(
        select s.ctid from ddp.session_stats s
        where (s.view_count, s.download_count, s.action_count)
                is distinct from (s.archived_view_count, s.archived_download_count, s.archived_action_count)
            or s.last_action_at > p_since
        limit p_most - v_removed
    ));
    get diagnostics v_reset = row_count;
    return v_removed + v_reset;
end
$$;
comment on function ddp.reset_session_stats(timestamptz, integer) is 'Resets a portion of the statistics of sessions; returns how many rows.';

create or replace function ddp.reset_statistics(p_table text, p_most integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    -- The first time of which all facts are there.
    v_since constant timestamptz := ddp.first_kept_day('file')::timestamp at time zone 'UTC';
begin
    return case p_table
        when 'ddp.file_user_stats' then ddp.reset_file_user_stats(v_since, p_most)
        when 'ddp.file_stats' then ddp.reset_file_stats(v_since, p_most)
        when 'ddp.user_stats' then ddp.reset_user_stats(v_since, p_most)
        when 'ddp.session_stats' then ddp.reset_session_stats(v_since, p_most)
    end;
end
$$;
comment on function ddp.reset_statistics(text, integer) is
    'Sets a portion of a table of statistics to what the archive says; the facts are added afterwards. Returns how many rows: '
    'fewer than p_most when it is done.';

revoke all on function
    ddp.reset_file_user_stats(timestamptz, integer), ddp.reset_file_stats(timestamptz, integer),
    ddp.reset_user_stats(timestamptz, integer), ddp.reset_session_stats(timestamptz, integer),
    ddp.reset_statistics(text, integer)
    from public, anon, authenticated, service_role;
