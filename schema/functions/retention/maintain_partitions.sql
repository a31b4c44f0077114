-- requires: functions/partition_key.sql
-- Makes the months ahead, and the months of rows that wait in the default partitions because they came late. Rows dated
-- more than ten years back stay there; rows further ahead than partitions are made stay until their month comes.

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
        ' where p.%2$I >= now() - interval ''10 years'' and p.%2$I < now() + interval ''12 months'' order by 1',
        v_name || '_default', v_key
    ) loop
        v_made := v_made + ddp.ensure_partitions(p_parent, v_month, v_month + 1);
    end loop;
    return v_made;
end
$$;
comment on function ddp.empty_default_partition(regclass) is
    'Makes the months of the rows that wait in a table''s default partition, which moves them; returns how many.';

create or replace function ddp.maintain_partitions() returns integer
    language sql volatile
    set search_path = ''
as $$
    select sum(ddp.ensure_partitions(t.partrelid) + ddp.empty_default_partition(t.partrelid))::integer
    from pg_catalog.pg_partitioned_table t
    join pg_catalog.pg_class c on c.oid = t.partrelid
    where c.relnamespace = 'public'::regnamespace
$$;
comment on function ddp.maintain_partitions() is
    'Makes the months ahead of every partitioned table, and empties the default partitions; returns how many it made.';
revoke all on function ddp.empty_default_partition(regclass), ddp.maintain_partitions()
    from public, anon, authenticated, service_role;
