-- requires: functions/session_seconds.sql, functions/fold_file_actions.sql, functions/recompute_analytics.sql
-- Sessions go by their last day as a whole, so that a day of daily_analytics is either complete or final.

create or replace function ddp.old_sessions(p_keep interval) returns setof public.sessions
    language sql stable
    set search_path = ''
as $$
    select s.*
    from public.sessions s
    where s.started_at < date_trunc('day', now() - p_keep, 'UTC')
        and (s.ended_at is null or s.ended_at < date_trunc('day', now() - p_keep, 'UTC'))
$$;
comment on function ddp.old_sessions(interval) is
    'Sessions that ended (or, if they never ended, began) longer ago than p_keep, in whole UTC days.';

create or replace function ddp.clean_sessions(p_keep interval, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_removed bigint;
begin
    if not pg_try_advisory_xact_lock(hashtext('ddp.archive')) or ddp.is_recomputing() then
        return 0;
    end if;
    insert into ddp.kept_since as k (entity_type, first_day)
    values ('user', (date_trunc('day', now() - p_keep, 'UTC') at time zone 'UTC')::date)
    on conflict (entity_type) do update set first_day = excluded.first_day where excluded.first_day > k.first_day;
    with gone as (
        delete from public.sessions d
        where d.session_id = any (array(
            select s.session_id from public.sessions s
            where s.session_id in (select o.session_id from ddp.old_sessions(p_keep) o limit p_limit)
            for update skip locked
        ))
        returning d.*
    ), sums as (
        insert into ddp.user_stats as s (
            user_id, owner_user_id, archived_session_count, archived_ended_session_count, archived_session_seconds
        )
        select
            g.user_id, g.user_id, count(*), count(g.ended_at),
            coalesce(sum(ddp.session_seconds(g.started_at, g.ended_at)), 0)
        from gone g
        group by g.user_id
        order by g.user_id
        on conflict (user_id) do update set
            archived_session_count = s.archived_session_count + excluded.archived_session_count,
            archived_ended_session_count = s.archived_ended_session_count + excluded.archived_ended_session_count,
            archived_session_seconds = s.archived_session_seconds + excluded.archived_session_seconds
    )
    select count(*) into v_removed from gone;
    return v_removed;
end
$$;
comment on function ddp.clean_sessions(interval, integer) is
    'Removes old sessions, at most p_limit; their number and length stay in the statistics of their users. Returns how many: none while they are counted again.';

revoke all on function ddp.old_sessions(interval), ddp.clean_sessions(interval, integer)
    from public, anon, authenticated, service_role;
