-- requires: functions/require_worker_or_admin.sql, functions/refresh_runs.sql

create or replace function public.refresh_all_analytics() returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_run_id bigint;
    v_taken bigint;
    v_left bigint;
begin
    perform ddp.require_worker_or_admin();
    v_run_id := ddp.begin_refresh();
    select r.taken into v_taken from ddp.refresh_of_run(v_run_id) r;
    v_left := ddp.end_refresh(v_run_id) + (select count(*) from ddp.recompute_slices);
    return case when v_taken is not null then v_left end;
end
$$;
comment on function public.refresh_all_analytics() is
    'Brings statistics and rollups up to date by one portion, at the cost of what changed; returns how many changes, and '
    'slices of a recomputation, are left: call again until it is 0. Null if another refresh is at work. For workers and '
    'administrators (else PT403).';
revoke all on function public.refresh_all_analytics() from public, anon, authenticated, service_role;
grant execute on function public.refresh_all_analytics() to authenticated, service_role;
