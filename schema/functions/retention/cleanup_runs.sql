-- requires: functions/require_worker_or_admin.sql, functions/require_active_user.sql
-- Reports of cleanups: one row each, brought up to date with every portion, in the same transaction.

create or replace function public.request_cleanup(p_is_dry_run boolean) returns ddp.cleanup_runs
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_run ddp.cleanup_runs;
begin
    perform ddp.require_worker_or_admin();
    insert into ddp.cleanup_runs (is_dry_run, requested_by) values (p_is_dry_run, auth.uid())
    returning * into v_run;
    return v_run;
end
$$;
comment on function public.request_cleanup(boolean) is
    'Asks for a cleanup, or (dry run) for counts of what it would remove; a worker does it within the hour. For administrators.';

create or replace function public.list_cleanups(p_at timestamptz, p_id uuid, p_limit integer)
    returns setof ddp.cleanup_runs
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_worker_or_admin();
    return query
    select r.* from ddp.cleanup_runs r
    where p_at is null or (r.requested_at, r.cleanup_run_id) < (p_at, p_id)
    order by r.requested_at desc, r.cleanup_run_id desc
    limit p_limit;
end
$$;
comment on function public.list_cleanups(timestamptz, uuid, integer) is
    'Reports of cleanups after a place (null: from the latest on). For administrators.';

create or replace function public.get_cleanup(p_cleanup_run_id uuid) returns setof ddp.cleanup_runs
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_worker_or_admin();
    return query select r.* from ddp.cleanup_runs r where r.cleanup_run_id = p_cleanup_run_id;
end
$$;
comment on function public.get_cleanup(uuid) is 'The report of a cleanup. For administrators.';

create or replace function ddp.begin_cleanup() returns ddp.cleanup_runs
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_run ddp.cleanup_runs;
begin
    -- What administrators asked for comes first, also if the run that began with it was killed an hour ago.
    update ddp.cleanup_runs r set began_at = now(), steps = '{}'
    where r.cleanup_run_id = (
        select w.cleanup_run_id from ddp.cleanup_runs w
        where w.ended_at is null and w.requested_by is not null
            and (w.began_at is null or w.began_at < now() - interval '1 hour')
        order by w.requested_at
        limit 1
        for update skip locked
    )
    returning * into v_run;
    if v_run.cleanup_run_id is null then
        insert into ddp.cleanup_runs (began_at) values (now()) returning * into v_run;
    end if;
    return v_run;
end
$$;
comment on function ddp.begin_cleanup() is 'The run that comes next: one that was asked for, or a new one. For workers.';

create or replace function ddp.note_cleaned(p_run_id uuid, p_step text, p_rows bigint) returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.cleanup_runs r
    set steps = r.steps || jsonb_build_object(p_step, coalesce((r.steps ->> p_step)::bigint, 0) + p_rows)
    where r.cleanup_run_id = p_run_id and p_rows is not null
$$;
comment on function ddp.note_cleaned(uuid, text, bigint) is 'Adds rows of a step to the report.';

create or replace function ddp.end_cleanup(p_run_id uuid, p_is_left boolean, p_error text) returns void
    language sql volatile security definer
    set search_path = ''
as $$
    update ddp.cleanup_runs r set ended_at = now(), is_left = p_is_left, error = left(p_error, 2000)
    where r.cleanup_run_id = p_run_id
$$;
comment on function ddp.end_cleanup(uuid, boolean, text) is 'Closes a report. For workers.';

create or replace function ddp.cleanup_health() returns jsonb
    language plpgsql volatile security definer
    set search_path = ''
    set timezone = 'UTC'
as $$
declare
    v_parent record;
    v_has_rows boolean;
    v_months_missing integer := 0;
begin
    for v_parent in
        select k.table_name, t.partrelid
        from pg_catalog.pg_partitioned_table t
        cross join lateral ddp.partition_key(t.partrelid::regclass) k
        join pg_catalog.pg_class c on c.oid = t.partrelid and c.relnamespace = 'public'::regnamespace
    loop
        execute format('select exists (select from ddp.%I)', v_parent.table_name || '_default') into v_has_rows;
        if v_has_rows then
            insert into ddp.default_partitions (parent_name, rows_since) values (v_parent.table_name, now())
            on conflict do nothing;
        else
            delete from ddp.default_partitions d where d.parent_name = v_parent.table_name;
        end if;
        v_months_missing := greatest(v_months_missing, (
            select count(*) from generate_series(1, 3) m (month)
            where to_regclass(format(
                'ddp.%I', v_parent.table_name || to_char(now() + make_interval(months => m.month), '_YYYY_MM')
            )) is null
        ));
    end loop;
    return jsonb_build_object(
        'cleanup_behind_days', coalesce(extract(epoch from now() - (
            select coalesce(
                max(r.ended_at) filter (where not r.is_dry_run and not r.is_left and r.error is null), min(r.requested_at)
            )
            from ddp.cleanup_runs r
        )) / 86400, 0)::numeric(10, 2),
        'months_missing', v_months_missing,
        'default_rows_days', coalesce(extract(epoch from now() - (
            select min(d.rows_since) from ddp.default_partitions d
        )) / 86400, 0)::numeric(10, 2),
        'oldest_erasure_days', coalesce(extract(epoch from now() - (
            select min(e.requested_at) from ddp.erasures e where e.ended_at is null
        )) / 86400, 0)::numeric(10, 2)
    );
end
$$;
comment on function ddp.cleanup_health() is
    'What alarms watch: days since a cleanup got everything done, how many of the next three months have no partition, days '
    'since when default partitions have rows, age of the oldest open erasure. For workers.';

revoke all on function
    public.request_cleanup(boolean), public.list_cleanups(timestamptz, uuid, integer), public.get_cleanup(uuid),
    ddp.begin_cleanup(), ddp.note_cleaned(uuid, text, bigint), ddp.end_cleanup(uuid, boolean, text), ddp.cleanup_health()
    from public, anon, authenticated, service_role;
grant execute on function
    public.request_cleanup(boolean), public.list_cleanups(timestamptz, uuid, integer), public.get_cleanup(uuid)
    to authenticated;
grant execute on function ddp.begin_cleanup(), ddp.end_cleanup(uuid, boolean, text), ddp.cleanup_health() to service_role;
