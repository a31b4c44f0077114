-- name: tables
-- Tables without partitions and the migrator's ledger, with their columns as (type, name, keys).
select c.relname as name, c.relnamespace::regnamespace::text as schema, obj_description(c.oid, 'pg_class') as comment,
    array(
        select array[
            -- Mermaid takes a type of one word.
            replace(replace(format_type(a.atttypid, null), 'timestamp with time zone', 'timestamptz'),
                'character varying', 'varchar'),
            a.attname,
            concat_ws(', ',
                case when exists (select from pg_index i
                    where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey)) then 'PK' end,
                case when exists (select from pg_constraint k
                    where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any (k.conkey)) then 'FK' end
            )
        ]
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
    ) as columns
from pg_class c
where c.relnamespace = any ('{public,ddp}'::regnamespace[]) and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname not like 'applied\_%'
order by c.relname;

-- name: references
-- Foreign keys between these tables.
select c.relname as source, a.attname as column, f.relname as target, not a.attnotnull as optional,
    exists (
        select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indnkeyatts = 1
            and i.indkey[0] = a.attnum and i.indpred is null
    ) as one_to_one
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_class f on f.oid = k.confrelid
-- The last column of a key of several columns names the row.
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[cardinality(k.conkey)]
where k.contype = 'f' and k.conparentid = 0 and not c.relispartition
    and k.connamespace = any ('{public,ddp}'::regnamespace[])
order by c.relname, a.attnum;

-- name: views
-- Views with the relations that they read directly.
select c.oid::regclass::text as name, obj_description(c.oid, 'pg_class') as comment,
    array(
        select distinct t.oid::regclass::text
        from pg_rewrite r
        join pg_depend d on d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
            and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
        join pg_class t on t.oid = d.refobjid
        where r.ev_class = c.oid order by 1
    ) as reads
from pg_class c
where c.relnamespace = any ('{public,ddp}'::regnamespace[]) and c.relkind in ('v', 'm')
order by c.relkind = 'm', c.relname;
