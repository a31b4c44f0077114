-- requires: functions/metric_changes.sql, functions/fold_daily.sql
-- Taken changes → the totals by quarter hour, of the last 100 days.

create or replace function ddp.fold_quarter_hours() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.quarter_hours as q (owner_user_id, metric_name, quarter, metric_value)
    select c.owner_user_id, c.metric_name, c.quarter, sum(c.change)
    from ddp.timed_changes() c
    where c.quarter >= (select ddp.first_quarter())
    group by c.owner_user_id, c.metric_name, c.quarter
    order by c.owner_user_id, c.metric_name, c.quarter  -- as in the index: neighbours go to the same page
    on conflict (owner_user_id, metric_name, quarter) do update set
        metric_value = q.metric_value + excluded.metric_value;

    delete from ddp.quarter_hours q
    using (select distinct c.owner_user_id, c.metric_name, c.quarter from ddp.timed_changes() c where c.change < 0) c
    where exists (select from ddp.taken_changes t where t.change < 0)
        and q.owner_user_id is not distinct from c.owner_user_id and q.metric_name = c.metric_name
        and q.quarter = c.quarter and q.metric_value = 0;
$$;
comment on function ddp.fold_quarter_hours() is 'Adds taken changes to ddp.quarter_hours.';
revoke all on function ddp.fold_quarter_hours() from public, anon, authenticated, service_role;
