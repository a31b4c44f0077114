-- What the types of the front end say beyond the catalogue's definitions. A column's id is `table oid.number`.

-- name: callable
-- Functions that a browser may call.
select p.oid::bigint as id
from pg_catalog.pg_proc p
where p.pronamespace = 'public'::regnamespace
    and (
        pg_catalog.has_function_privilege('authenticated', p.oid, 'EXECUTE')
        or pg_catalog.has_function_privilege('anon', p.oid, 'EXECUTE')
    )
order by id;

-- name: unreadable
-- Columns that no signed-in user may read.
select format('%s.%s', a.attrelid::bigint, a.attnum) as id
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and not pg_catalog.has_column_privilege('authenticated', c.oid, a.attnum, 'SELECT')
order by c.relname, a.attnum;

-- name: unwritable
-- Columns of tables that no signed-in user may insert or update.
select format('%s.%s', a.attrelid::bigint, a.attnum) as id
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and not pg_catalog.has_column_privilege('authenticated', c.oid, a.attnum, 'INSERT, UPDATE')
order by c.relname, a.attnum;

-- name: readable
-- Tables of which a column is hidden, with the columns that can be read.
select c.relname::text as table_name, array_agg(a.attname::text order by a.attnum) as columns
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and not pg_catalog.has_table_privilege('authenticated', c.oid, 'SELECT')
    and pg_catalog.has_column_privilege('authenticated', c.oid, a.attnum, 'SELECT')
group by c.relname
order by c.relname;

-- name: views
-- The stored queries of the views.
select c.oid::bigint as id, r.ev_action::text as action
from pg_catalog.pg_class c
join pg_catalog.pg_rewrite r on r.ev_class = c.oid and r.rulename = '_RETURN'
where c.relnamespace = 'public'::regnamespace
order by id;

-- name: not_null
-- Columns with a NOT NULL constraint.
select a.attrelid::bigint as table_id, a.attnum::int as column_number
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
where a.attnotnull and a.attnum > 0 and c.relkind in ('r', 'p')
    and c.relnamespace in ('public'::regnamespace, 'ddp'::regnamespace);
