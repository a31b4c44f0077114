create or replace function ddp.partition_key(p_parent regclass, out table_name name, out key name)
    language sql stable
    set search_path = ''
as $$
    select c.relname, a.attname
    from pg_catalog.pg_partitioned_table t
    join pg_catalog.pg_class c on c.oid = t.partrelid
    join pg_catalog.pg_attribute a on a.attrelid = t.partrelid and a.attnum = t.partattrs[0]
    where t.partrelid = p_parent
$$;
comment on function ddp.partition_key(regclass) is
    'Name of a partitioned table, which its partitions'' names begin with, and the column it is partitioned by.';
revoke all on function ddp.partition_key(regclass) from public, anon, authenticated, service_role;
