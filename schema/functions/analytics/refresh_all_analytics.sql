-- requires: functions/require_worker_or_admin.sql, functions/refresh_analytics.sql

create or replace function public.refresh_all_analytics() returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    perform ddp.require_worker_or_admin();
    return ddp.refresh_analytics();
end
$$;
comment on function public.refresh_all_analytics() is
    'Brings statistics, rollups and materialized views up to date, at the cost of what changed since the last time; returns '
    'how many changes that were. Several at once are harmless. For workers and administrators (else PT403).';
revoke all on function public.refresh_all_analytics() from public, anon, authenticated, service_role;
grant execute on function public.refresh_all_analytics() to authenticated, service_role;
