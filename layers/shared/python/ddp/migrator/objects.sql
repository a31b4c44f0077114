-- The objects that repeatable files make, with a version that changes whenever one is created or replaced. is_own: by this
-- transaction, or one that began later.
with candidate as (
    select
        'pg_catalog.pg_proc'::regclass::oid as classid, oid as objid, xmin::text as version,
        pg_catalog.age(xmin) as age
    from pg_catalog.pg_proc
    where oid >= 16384  -- lower ones are the server's own
    union all
    select
        'pg_catalog.pg_class'::regclass::oid, view.oid, concat(view.xmin, ' ', rule.xmin),
        least(pg_catalog.age(view.xmin), pg_catalog.age(rule.xmin))
    from pg_catalog.pg_class as view
    inner join pg_catalog.pg_rewrite as rule on rule.ev_class = view.oid and rule.rulename = '_RETURN'
    where view.oid >= 16384
    union all
    select 'pg_catalog.pg_trigger'::regclass::oid, oid, xmin::text, pg_catalog.age(xmin)
    from pg_catalog.pg_trigger
    where not tgisinternal and tgparentid = 0  -- not the copies on partitions
    union all
    select 'pg_catalog.pg_policy'::regclass::oid, oid, xmin::text, pg_catalog.age(xmin)
    from pg_catalog.pg_policy
)
select
    concat(object.type, ' ', object.identity) as object,
    candidate.classid,
    candidate.objid,
    concat(candidate.objid, ' ', candidate.version) as version,
    candidate.age <= pg_catalog.age(pg_catalog.pg_current_xact_id_if_assigned()::xid) as is_own
from candidate
cross join lateral pg_catalog.pg_identify_object(candidate.classid, candidate.objid, 0) as object
where not exists (
    select from pg_catalog.pg_depend as member
    where member.classid = candidate.classid and member.objid = candidate.objid and member.deptype = 'e'
)
