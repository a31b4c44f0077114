-- requires: functions/clean.sql, functions/require_worker_or_admin.sql
-- The cleanups by their described names, a portion per call. The worker's own are in functions/clean.sql.

-- Of the release before, whose cleanups called them.
drop function if exists ddp.archive_metrics(text, text, text);
drop function if exists ddp.archive_rows(text, text);

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

create or replace function ddp.drop_old_partitions(p_parent regclass, p_keep interval) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_portion record;
    v_least constant interval := (
        select r.least from ddp.cleanup_steps() s
        join ddp.retention r on r.subject = s.subject
        where s.kind = 'months' and s.tables[1]::regclass = p_parent
    );
begin
    perform ddp.require(
        v_least is not null, 'PT422', 'This table has no months to remove.', '{"code": "invalid-table"}'
    );
    perform ddp.require_retention(p_keep, v_least);
    select m.* into v_portion from ddp.clean_months(p_parent, p_keep, 50000) m;
    return greatest(v_portion.removed, v_portion.worked, v_portion.is_left::integer, 0);
end
$$;
comment on function ddp.drop_old_partitions(regclass, interval) is
    'Takes the next step towards a table without the months that ended longer ago than p_keep (PT422 below its floor); '
    'returns 0 when nothing is left, else call it again. For workers and administrators.';

create or replace function public.cleanup_old_file_actions(p_keep interval default interval '24 months') returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    return ddp.drop_old_partitions('public.file_actions', p_keep);
end
$$;
comment on function public.cleanup_old_file_actions(interval) is
    'Takes the next step of removing the actions of months that ended longer ago than p_keep (at least 30 days); returns 0 '
    'when nothing is left, else call it again. Counts and analytics stay. For workers and administrators.';

create or replace function public.cleanup_old_audit_logs(p_keep interval default interval '36 months') returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    return ddp.drop_old_partitions('public.audit_logs', p_keep);
end
$$;
comment on function public.cleanup_old_audit_logs(interval) is
    'Takes the next step of removing the audit trail of months that ended longer ago than p_keep (at least 90 days); returns '
    '0 when nothing is left, else call it again. For workers and administrators.';

create or replace function public.cleanup_old_sessions(p_keep interval default interval '12 months') returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_retention(p_keep, interval '7 days');
    return ddp.clean_sessions(p_keep, 10000);
end
$$;
comment on function public.cleanup_old_sessions(interval) is
    'Removes sessions that ended (or, if they never ended, began) longer ago than p_keep (at least 7 days), at most 10,000; '
    'returns how many. The sums by user stay. For workers and administrators.';

revoke all on function
    ddp.drop_old_partitions(regclass, interval), ddp.require_retention(interval, interval),
    public.cleanup_old_file_actions(interval), public.cleanup_old_audit_logs(interval),
    public.cleanup_old_sessions(interval)
    from public, anon, authenticated, service_role;
grant execute on function ddp.drop_old_partitions(regclass, interval) to service_role;
grant execute on function
    public.cleanup_old_file_actions(interval), public.cleanup_old_audit_logs(interval),
    public.cleanup_old_sessions(interval)
    to authenticated, service_role;
