-- requires: functions/partition_key.sql, functions/metric_changes.sql, functions/require_worker_or_admin.sql
-- Removes what is older than its retention: months by DROP, rows in default partitions by DELETE. Statistics and
-- rollups keep what was counted; a summed-up archive keeps what recomputing them needs.

create or replace function ddp.archive_metrics(p_table text, p_source text, p_with text default '') returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    execute p_with || ' insert into ddp.archived_metrics as a '
        || ddp.metric_changes_of(p_table, p_source)
        || ' on conflict (entity_type, entity_id, user_id, metric_name, day) do update set'
        || ' change = a.change + excluded.change, last_at = greatest(a.last_at, excluded.last_at)';
end
$$;
comment on function ddp.archive_metrics(text, text, text) is
    'Adds the metrics of a source''s rows to the archive; the source may use a WITH clause that removes them.';

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
comment on function ddp.archive_engagement(text) is 'Archives the newest measurement of each post and kind in a source.';

create or replace function ddp.archive_rows(p_parent_name text, p_source text) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if p_parent_name = 'file_actions' then
        perform ddp.archive_metrics(p_parent_name, format('select x.*, 1 as sign from (%s) x', p_source));
        delete from ddp.archived_metrics a
        where a.entity_type = 'session'
            and not exists (select from public.sessions s where s.session_id = a.entity_id);
    elsif p_parent_name = 'social_engagement' then
        perform ddp.archive_engagement(p_source);
    end if;
end
$$;
comment on function ddp.archive_rows(text, text) is 'Archives what statistics need of rows that are about to go.';

create or replace function ddp.drop_old_partitions(p_parent regclass, p_keep interval) returns bigint
    language plpgsql volatile
    set search_path = ''
    set timezone = 'UTC'
    set lock_timeout = '2s'
as $$
declare
    v_parent_name text;
    v_key text;
    v_cutoff constant timestamptz := date_trunc('month', now() - p_keep, 'UTC');
    v_partition regclass;
    v_removed bigint;
    v_total bigint := 0;
begin
    select k.table_name, k.key into strict v_parent_name, v_key from ddp.partition_key(p_parent) k;
    perform ddp.require(p_keep >= interval '1 day', 'PT422', 'Keep at least one day.', '{"code": "invalid-retention"}');
    perform pg_advisory_xact_lock(hashtext('ddp.refresh_analytics'));
    perform pg_advisory_xact_lock(hashtext('ddp.ensure_partitions'), p_parent::oid::integer);

    for v_partition in
        select i.inhrelid::regclass
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid
        where i.inhparent = p_parent and c.relname ~ '_\d{4}_\d{2}$'
            and to_date(right(c.relname, 7), 'YYYY_MM') < (v_cutoff at time zone 'UTC')::date
        order by c.relname
    loop
        -- Late rows wait until the partition is dropped, and then go to the default partition.
        execute format('lock table only %s in share row exclusive mode', v_partition);
        perform ddp.archive_rows(v_parent_name, format('select p.* from %s p', v_partition));
        execute format('select count(*) from %s', v_partition) into v_removed;
        execute format('drop table %s', v_partition);
        v_total := v_total + v_removed;
    end loop;

    execute format('lock table only ddp.%I in share row exclusive mode', v_parent_name || '_default');
    perform ddp.archive_rows(
        v_parent_name,
        format('select p.* from ddp.%I p where p.%I < %L', v_parent_name || '_default', v_key, v_cutoff)
    );
    execute format('delete from ddp.%I where %I < %L', v_parent_name || '_default', v_key, v_cutoff);
    get diagnostics v_removed = row_count;
    return v_total + v_removed;
end
$$;
comment on function ddp.drop_old_partitions(regclass, interval) is
    'Drops the months of a table that ended longer ago than p_keep, and deletes such rows of its default partition; '
    'returns the number of rows. Stops waiting for a lock after 2 s; call it again then.';

create or replace function ddp.require_retention(p_keep interval, p_least interval) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require_worker_or_admin();
    perform ddp.require(
        p_keep >= p_least, 'PT422', format('Keep at least %s.', p_least),
        jsonb_build_object('code', 'retention-too-short', 'least', p_least::text)
    );
end
$$;
comment on function ddp.require_retention(interval, interval) is
    'PT403 unless a worker or administrator calls, PT422 for a retention below p_least.';

create or replace function public.cleanup_old_file_actions(p_keep interval default interval '24 months') returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_retention(p_keep, interval '30 days');
    return ddp.drop_old_partitions('public.file_actions', p_keep);
end
$$;
comment on function public.cleanup_old_file_actions(interval) is
    'Removes the actions of months that ended longer ago than p_keep (at least 30 days); returns how many. Counts and '
    'analytics stay. For workers and administrators.';

create or replace function public.cleanup_old_audit_logs(p_keep interval default interval '36 months') returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_retention(p_keep, interval '90 days');
    return ddp.drop_old_partitions('public.audit_logs', p_keep);
end
$$;
comment on function public.cleanup_old_audit_logs(interval) is
    'Removes the audit trail of months that ended longer ago than p_keep (at least 90 days); returns how many rows. '
    'For workers and administrators.';

create or replace function public.cleanup_old_sessions(p_keep interval default interval '12 months') returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_old uuid[];
begin
    perform ddp.require_retention(p_keep, interval '7 days');
    perform pg_advisory_xact_lock(hashtext('ddp.refresh_analytics'));
    -- Locked first: a session that ends at this moment is archived with its end, or kept.
    select coalesce(array_agg(o.session_id), '{}') into v_old
    from (
        select s.session_id
        from public.sessions s
        where greatest(s.started_at, s.ended_at) < now() - p_keep
        order by s.session_id
        for update
    ) o;
    perform ddp.archive_metrics(
        'sessions', format('select s.*, 1 as sign from public.sessions s where s.session_id = any (%L)', v_old)
    );
    delete from ddp.archived_metrics a where a.entity_type = 'session' and a.entity_id = any (v_old);
    delete from public.sessions s where s.session_id = any (v_old);
    return cardinality(v_old);
end
$$;
comment on function public.cleanup_old_sessions(interval) is
    'Removes the sessions that ended (or, if they never ended, began) longer ago than p_keep (at least 7 days); returns '
    'how many. The sums by user stay. For workers and administrators.';

revoke all on function
    ddp.archive_metrics(text, text, text), ddp.archive_engagement(text), ddp.archive_rows(text, text),
    ddp.drop_old_partitions(regclass, interval), ddp.require_retention(interval, interval),
    public.cleanup_old_file_actions(interval), public.cleanup_old_audit_logs(interval),
    public.cleanup_old_sessions(interval)
    from public, anon, authenticated, service_role;
grant execute on function
    public.cleanup_old_file_actions(interval), public.cleanup_old_audit_logs(interval),
    public.cleanup_old_sessions(interval)
    to authenticated, service_role;
