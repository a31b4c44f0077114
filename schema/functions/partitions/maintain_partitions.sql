-- requires: functions/partition_key.sql, functions/clean.sql
-- Makes the months ahead, and the months of rows that wait in the default partitions because they came late. Rows of months
-- that retention removed are not given a month again: the next cleanup takes them. Rows further ahead than partitions are
-- made stay until their month comes.

create or replace function ddp.partitions_from(p_table_name name) returns timestamptz
    language sql stable
    set search_path = ''
as $$
    select coalesce(
        (
            select date_trunc('month', now() - r.keep, 'UTC')
            from ddp.cleanup_steps() s
            join ddp.retention r on r.subject = s.subject
            where s.kind = 'months' and s.tables[1] = 'public.' || p_table_name
        ),
        now() - interval '10 years'
    )
$$;
comment on function ddp.partitions_from(name) is 'From when on a partitioned table keeps months.';

create or replace function ddp.empty_default_partition(p_parent regclass) returns integer
    language plpgsql volatile
    set search_path = ''
    set timezone = 'UTC'
as $$
declare
    v_name text;
    v_key text;
    v_month date;
    v_made integer := 0;
begin
    select k.table_name, k.key into strict v_name, v_key from ddp.partition_key(p_parent) k;
    for v_month in execute format(
        'select distinct date_trunc(''month'', p.%2$I::timestamptz at time zone ''UTC'')::date from ddp.%1$I p'
        ' where p.%2$I >= %3$L and p.%2$I < now() + interval ''12 months'' order by 1',
        v_name || '_default', v_key, ddp.partitions_from(v_name)
    ) loop
        v_made := v_made + ddp.ensure_partitions(p_parent, v_month, v_month + 1);
    end loop;
    return v_made;
end
$$;
comment on function ddp.empty_default_partition(regclass) is
    'Makes the months of the rows that wait in a table''s default partition, which moves them; returns how many.';

create or replace function ddp.partitioned_tables() returns setof name
    language sql stable security definer
    set search_path = ''
as $$
    select c.relname
    from pg_catalog.pg_partitioned_table t
    join pg_catalog.pg_class c on c.oid = t.partrelid
    where c.relnamespace = 'public'::regnamespace
    order by c.relname
$$;
comment on function ddp.partitioned_tables() is 'Names of the tables in `public` that have a partition for each month.';

create or replace function ddp.maintain_partitions_of(p_table_name name) returns integer
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_parent constant regclass := format('public.%I', p_table_name)::regclass;
begin
    perform ddp.require(
        p_table_name in (select t.name from ddp.partitioned_tables() t (name)), 'PT422',
        'This table has no partitions.', '{"code": "invalid-table"}'
    );
    return ddp.ensure_partitions(v_parent) + ddp.empty_default_partition(v_parent);
end
$$;
comment on function ddp.maintain_partitions_of(name) is
    'Makes the months ahead of a table, and empties its default partition; returns how many months it made. 55P03 if the '
    'table is in use: call again.';

create or replace function ddp.maintain_partitions() returns integer
    language sql volatile security definer
    set search_path = ''
as $$
    select sum(ddp.maintain_partitions_of(t.name))::integer from ddp.partitioned_tables() t (name)
$$;
comment on function ddp.maintain_partitions() is
    'ddp.maintain_partitions_of each table, in one transaction; returns how many months it made. For workers.';
revoke all on function
    ddp.partitions_from(name), ddp.empty_default_partition(regclass), ddp.partitioned_tables(),
    ddp.maintain_partitions_of(name), ddp.maintain_partitions()
    from public, anon, authenticated, service_role;
grant execute on function ddp.partitioned_tables(), ddp.maintain_partitions_of(name), ddp.maintain_partitions()
    to service_role;
