-- The audit trail, for administrators: row level security returns no rows to others. It is partitioned by month: times
-- limit which months are read.

-- part: summary
log_id, table_name, record_id, action, changed_by as changed_by_user_id, changed_at, host(ip_address) as ip_address

-- part: named
select p.*,
    case when p.changed_by_user_id is not null
        then jsonb_build_object('id', p.changed_by_user_id, 'name', n.name) end as changed_by
from page p
left join ddp.names_of(array(select distinct q.changed_by_user_id from page q)) n on n.id = p.changed_by_user_id

-- name: is_admin
-- Whether the caller acts as an administrator.
select ddp.active_admin_id() is not null;

-- name: list_changes
-- Changes from `since` to before `until`, the latest first, after the cursor (at, id).
with page as materialized (
    select {summary} from public.audit_logs
    where changed_at >= %(since)s and changed_at < %(until)s
        and (%(table_name)s::text is null or table_name = %(table_name)s)
        and (%(record_id)s::uuid is null or record_id = %(record_id)s)
        and (%(changed_by)s::uuid is null or changed_by = %(changed_by)s)
        and (%(action)s::text is null or action = %(action)s)
        -- The first condition leaves out later months, the second continues after the cursor.
        and (%(at)s::timestamptz is null or changed_at <= %(at)s and (changed_at, log_id) < (%(at)s, %(id)s))
    order by changed_at desc, log_id desc
    limit %(limit)s
)
{named}
order by p.changed_at desc, p.log_id desc;

-- name: get_change
-- One change with its values; long ones are cut, because a whole row can be larger than an answer.
with page as materialized (
    select {summary}, left(user_agent, 1000) as user_agent, (
            select jsonb_object_agg(v.key, case when length(v.value::text) > 10000 then to_jsonb(left(v.value::text, 10000)) else v.value end)
            from jsonb_each(old_values) v
        ) as old_values, (
            select jsonb_object_agg(v.key, case when length(v.value::text) > 10000 then to_jsonb(left(v.value::text, 10000)) else v.value end)
            from jsonb_each(new_values) v
        ) as new_values
    from public.audit_logs where log_id = %(log_id)s
)
{named};
