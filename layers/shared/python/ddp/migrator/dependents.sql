-- Everything that DROP … CASCADE of the given objects would drop. `is_part` objects (a view's row type, an index of a
-- materialized view) are created and dropped with another one; the rest are objects of their own.
with recursive dependent (classid, objid) as (
    select classid, objid
    from unnest(%(classids)s::oid[], %(objids)s::oid[]) as root (classid, objid)
    union
    select
        -- A view depends on things through its rule; the rule stands for the view.
        case when rule.oid is null then link.classid else 'pg_catalog.pg_class'::regclass::oid end,
        coalesce(rule.ev_class, link.objid)
    from dependent
    inner join pg_catalog.pg_depend as link
        on link.refclassid = dependent.classid and link.refobjid = dependent.objid
        and link.deptype in ('n', 'a', 'i')
    left join pg_catalog.pg_rewrite as rule
        on link.classid = 'pg_catalog.pg_rewrite'::regclass and rule.oid = link.objid
)
select
    concat(object.type, ' ', object.identity) as object,
    pg_catalog.pg_describe_object(dependent.classid, dependent.objid, 0) as description,
    not exists (
        select from pg_catalog.pg_depend as link
        inner join dependent as needed on needed.classid = link.refclassid and needed.objid = link.refobjid
        where link.classid = dependent.classid and link.objid = dependent.objid and link.deptype = 'n'
    ) as is_part
from dependent
cross join lateral pg_catalog.pg_identify_object(dependent.classid, dependent.objid, 0) as object
where not (dependent.classid = any (%(classids)s::oid[]) and dependent.objid = any (%(objids)s::oid[]))
order by 1
