-- requires: functions/require_worker_or_admin.sql, functions/refresh_analytics.sql
-- Runs of the refresh, and how fresh that makes the statistics. A run takes portions in transactions of their own; each
-- commits its own figures, so that a run which is killed has lost nothing but its end.

create or replace function ddp.begin_refresh() returns bigint
    language sql volatile security definer
    set search_path = ''
as $$
    insert into ddp.refresh_runs default values returning run_id
$$;
comment on function ddp.begin_refresh() is
    'Begins a run and returns its id. Commit it before the first portion: what is committed by then is what as_of promises.';

create or replace function ddp.refresh_of_run(p_run_id bigint, out taken bigint, out is_drained boolean)
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    select p.taken, p.is_drained into taken, is_drained from ddp.refresh_portion() p;
    update ddp.refresh_runs r
    set taken = r.taken + coalesce(refresh_of_run.taken, 0), is_drained = coalesce(refresh_of_run.is_drained, false)
    where r.run_id = p_run_id;
end
$$;
comment on function ddp.refresh_of_run(bigint) is 'ddp.refresh_portion(), counted in a run.';

create or replace function ddp.end_refresh(p_run_id bigint, p_error text default null) returns bigint
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_left bigint;
begin
    delete from ddp.refresh_runs r
    where r.run_id < p_run_id and r.began < now() - interval '7 days' and r.began is distinct from ddp.analytics_as_of();
    delete from ddp.quarter_hours q where q.quarter < ddp.first_quarter();
    select count(*) into v_left from ddp.metric_changes;
    update ddp.refresh_runs r
    set ended = clock_timestamp(), left_over = v_left, error = left(p_error, 1000)
    where r.run_id = p_run_id;
    return v_left;
end
$$;
comment on function ddp.end_refresh(bigint, text) is
    'Ends a run, with the error that ended it if any; returns how many rows the queue has. Removes runs older than a week '
    'and quarter hours older than 100 days.';

create or replace function ddp.analytics_as_of() returns timestamptz
    language sql stable security definer
    set search_path = ''
as $$
    select r.began from ddp.refresh_runs r where r.is_drained order by r.began desc limit 1
$$;
comment on function ddp.analytics_as_of() is
    'Statistics include everything that was committed by then: the beginning of the last run that took all that it found. '
    'Null before the first one.';

revoke all on function
    ddp.begin_refresh(), ddp.refresh_of_run(bigint), ddp.end_refresh(bigint, text), ddp.analytics_as_of()
    from public, anon, authenticated, service_role;
grant execute on function ddp.begin_refresh(), ddp.refresh_of_run(bigint), ddp.end_refresh(bigint, text) to service_role;
grant execute on function ddp.analytics_as_of() to authenticated, service_role;
