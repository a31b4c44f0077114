-- Every object of the given schemas as rows (object, aspect, value). `of` names the object that contains it.
-- Run with an empty search_path, so that every name in a definition has its schema. Left out: members of extensions;
-- the names and bounds of partitions, which change with the date (their privileges and row level security are compared
-- together); the owner's own privileges, and those of superusers and of a platform's own roles.
with ours as (
    select oid, nspname, nspowner, nspacl
    from pg_catalog.pg_namespace
    where nspname = any (%(schemas)s::text[])
),

owner as (
    select nspowner as oid from pg_catalog.pg_namespace where nspname = 'ddp'
),

extension_member as (
    select classid, objid from pg_catalog.pg_depend where deptype = 'e'
),

relation as (
    select
        class.oid,
        class.relkind,
        class.relname,
        class.relnamespace,
        class.relowner,
        class.relacl,
        class.relispartition,
        class.relrowsecurity,
        class.relforcerowsecurity,
        class.relpersistence,
        class.reloptions,
        class.relname as name,
        pg_catalog.format('%%I.%%I', ours.nspname, class.relname) as qualified,
        case class.relkind
            when 'r' then 'table'
            when 'p' then 'table'
            when 'f' then 'foreign table'
            when 'v' then 'view'
            when 'm' then 'materialized view'
            when 'S' then 'sequence'
        end as kind
    from pg_catalog.pg_class as class
    inner join ours on ours.oid = class.relnamespace
    where
        class.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
        and not exists (
            select from extension_member
            where classid = 'pg_catalog.pg_class'::regclass and objid = class.oid
        )
),

-- The partitions of a table count as one object.
subject as (
    select
        relation.*,
        case
            when relation.relispartition then pg_catalog.concat('partitions of ', pg_catalog.format(
                '%%I.%%I', root_schema.nspname, root.relname))
            else pg_catalog.concat(relation.kind, ' ', relation.qualified)
        end as object
    from relation
    left join lateral pg_catalog.pg_partition_root(relation.oid) as tree (root_oid) on relation.relispartition
    left join pg_catalog.pg_class as root on root.oid = tree.root_oid
    left join pg_catalog.pg_namespace as root_schema on root_schema.oid = root.relnamespace
),

routine as (
    select
        proc.*,
        pg_catalog.format('%%I.%%I', ours.nspname, proc.proname) as qualified,
        pg_catalog.concat(
            case proc.prokind when 'p' then 'procedure ' when 'a' then 'aggregate ' else 'function ' end,
            pg_catalog.format('%%I.%%I', ours.nspname, proc.proname),
            '(', pg_catalog.pg_get_function_identity_arguments(proc.oid), ')'
        ) as object
    from pg_catalog.pg_proc as proc
    inner join ours on ours.oid = proc.pronamespace
    where not exists (
        select from extension_member where classid = 'pg_catalog.pg_proc'::regclass and objid = proc.oid
    )
),

data_type as (
    select
        type.*,
        pg_catalog.concat(
            case type.typtype when 'd' then 'domain ' else 'type ' end,
            pg_catalog.format('%%I.%%I', ours.nspname, type.typname)
        ) as object
    from pg_catalog.pg_type as type
    inner join ours on ours.oid = type.typnamespace
    left join pg_catalog.pg_class as class on class.oid = type.typrelid
    where
        (type.typtype in ('e', 'd', 'r') or class.relkind = 'c')
        and not exists (
            select from extension_member where classid = 'pg_catalog.pg_type'::regclass and objid = type.oid
        )
),

-- Owners and privileges of all kinds of objects, as rows of one form.
secured as (
    select pg_catalog.concat('schema ', pg_catalog.quote_ident(nspname)) as object, nspowner as owner,
        coalesce(nspacl, pg_catalog.acldefault('n', nspowner)) as acl, null::name as part
    from ours
    union all
    select object, relowner,
        coalesce(relacl, pg_catalog.acldefault(case relkind when 'S' then 's'::"char" else 'r'::"char" end, relowner)),
        null
    from subject
    union all
    select subject.object, subject.relowner, attribute.attacl, attribute.attname
    from subject
    inner join pg_catalog.pg_attribute as attribute on attribute.attrelid = subject.oid
    where attribute.attacl is not null and attribute.attnum > 0
    union all
    select object, proowner, coalesce(proacl, pg_catalog.acldefault('f', proowner)), null from routine
    union all
    select object, typowner, coalesce(typacl, pg_catalog.acldefault('T', typowner)), null from data_type
),

privilege as (
    select
        secured.object,
        secured.part,
        coalesce(grantee.rolname, 'public') as grantee,
        pg_catalog.concat(item.privilege_type, case when item.is_grantable then ' with grant option' end) as privilege
    from secured
    cross join lateral pg_catalog.aclexplode(secured.acl) as item
    left join pg_catalog.pg_roles as grantee on grantee.oid = item.grantee
    where
        item.grantee not in (secured.owner, (select oid from owner))
        and not coalesce(grantee.rolsuper, false)
        and coalesce(grantee.rolname, '') !~ '^(supabase_|rds|pg_|dashboard_user$|authenticator$|pgbouncer$)'
),

-- The constraint reports the index behind it.
own_index as (
    select
        state.indexrelid as oid,
        state.indisvalid,
        relation.kind,
        relation.qualified,
        pg_catalog.concat('index ', pg_catalog.format('%%I.%%I', ours.nspname, class.relname)) as object
    from pg_catalog.pg_index as state
    inner join pg_catalog.pg_class as class on class.oid = state.indexrelid
    inner join relation on relation.oid = state.indrelid
    inner join ours on ours.oid = class.relnamespace
    where
        not relation.relispartition
        and not exists (
            select from pg_catalog.pg_constraint
            where conindid = state.indexrelid and contype in ('p', 'u', 'x')
        )
),

row_of as (
    -- Schemas, tables, views, sequences
    select pg_catalog.concat('schema ', pg_catalog.quote_ident(nspname)) as object, 'exists' as aspect, 'yes' as value
    from ours
    union all
    select object, 'row level security', case
        when relrowsecurity and relforcerowsecurity then 'forced' when relrowsecurity then 'on' else 'off' end
    from subject where relkind in ('r', 'p', 'f')
    union all
    select object, 'partitioned by', pg_catalog.pg_get_partkeydef(oid) from subject
    where relkind = 'p' and not relispartition
    union all
    select object, 'persistence', 'unlogged' from subject where relpersistence = 'u'
    union all
    select object, 'options', pg_catalog.array_to_string(reloptions, ', ') from subject
    where reloptions is not null and not relispartition
    union all
    select object, 'definition (hash)', pg_catalog.md5(pg_catalog.pg_get_viewdef(oid)) from subject
    where relkind in ('v', 'm')
    union all
    select subject.object, 'values', pg_catalog.format(
        '%%s from %%s by %%s', pg_catalog.format_type(sequence.seqtypid, null), sequence.seqstart, sequence.seqincrement)
    from subject inner join pg_catalog.pg_sequence as sequence on sequence.seqrelid = subject.oid

    -- Columns (a view's are in its definition)
    union all
    select pg_catalog.format('column %%s.%%I', relation.qualified, attribute.attname), detail.aspect, detail.value
    from relation
    inner join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
    inner join pg_catalog.pg_type as type on type.oid = attribute.atttypid
    left join pg_catalog.pg_collation as other_collation
        on other_collation.oid = attribute.attcollation and attribute.attcollation <> type.typcollation
    left join pg_catalog.pg_attrdef as initial
        on initial.adrelid = attribute.attrelid and initial.adnum = attribute.attnum
    cross join lateral (
        values
            ('of', pg_catalog.concat(relation.kind, ' ', relation.qualified)),
            ('type', pg_catalog.format_type(attribute.atttypid, attribute.atttypmod)),
            ('null', case when attribute.attnotnull then 'not allowed' else 'allowed' end),
            (case attribute.attgenerated when '' then 'default' else 'generated' end,
                pg_catalog.pg_get_expr(initial.adbin, initial.adrelid)),
            ('identity', case attribute.attidentity when 'a' then 'always' when 'd' then 'by default' end),
            ('collation', pg_catalog.quote_ident(other_collation.collname))
    ) as detail (aspect, value)
    where relation.relkind in ('r', 'p', 'f') and not relation.relispartition

    -- Constraints; the column reports NOT NULL, in every version
    union all
    select pg_catalog.format('constraint %%I on %%s', conname, relation.qualified), detail.aspect, detail.value
    from pg_catalog.pg_constraint
    inner join relation on relation.oid = conrelid
    cross join lateral (
        values
            ('of', pg_catalog.concat(relation.kind, ' ', relation.qualified)),
            ('definition', pg_catalog.pg_get_constraintdef(pg_constraint.oid))
    ) as detail (aspect, value)
    where contype in ('p', 'u', 'f', 'c', 'x') and conparentid = 0 and not relation.relispartition

    -- Indexes
    union all
    select object, detail.aspect, detail.value
    from own_index
    cross join lateral (
        values
            ('of', pg_catalog.concat(kind, ' ', qualified)),
            ('definition', pg_catalog.pg_get_indexdef(own_index.oid)),
            ('valid', case when indisvalid then 'yes' else 'no' end)
    ) as detail (aspect, value)

    -- Triggers
    union all
    select pg_catalog.format('trigger %%I on %%s', tgname, relation.qualified), detail.aspect, detail.value
    from pg_catalog.pg_trigger
    inner join relation on relation.oid = tgrelid
    cross join lateral (
        values
            ('of', pg_catalog.concat(relation.kind, ' ', relation.qualified)),
            ('definition', pg_catalog.pg_get_triggerdef(pg_trigger.oid)),
            ('fires', case tgenabled when 'O' then 'yes' when 'D' then 'no' else tgenabled::text end)
    ) as detail (aspect, value)
    where not tgisinternal and tgparentid = 0 and not relation.relispartition

    -- Policies
    union all
    select pg_catalog.format('policy %%I on %%s', polname, relation.qualified), detail.aspect, detail.value
    from pg_catalog.pg_policy
    inner join relation on relation.oid = polrelid
    cross join lateral (
        values
            ('of', pg_catalog.concat(relation.kind, ' ', relation.qualified)),
            ('command', case polcmd
                when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end),
            ('kind', case when polpermissive then 'permissive' else 'restrictive' end),
            ('roles', (
                select pg_catalog.string_agg(coalesce(rolname, 'public'), ', ' order by rolname)
                from unnest(polroles) as member (oid) left join pg_catalog.pg_roles using (oid)
            )),
            ('using', pg_catalog.pg_get_expr(polqual, polrelid)),
            ('with check', pg_catalog.pg_get_expr(polwithcheck, polrelid))
    ) as detail (aspect, value)

    -- Functions
    union all
    select routine.object, detail.aspect, detail.value
    from routine
    inner join pg_catalog.pg_language as language on language.oid = routine.prolang
    cross join lateral (
        values
            ('arguments', pg_catalog.pg_get_function_arguments(routine.oid)),
            ('returns', pg_catalog.pg_get_function_result(routine.oid)),
            ('language', language.lanname::text),
            ('security', case when routine.prosecdef then 'definer' else 'invoker' end),
            ('volatility', case routine.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end),
            ('strict', case when routine.proisstrict then 'yes' else 'no' end),
            ('leakproof', case when routine.proleakproof then 'yes' else 'no' end),
            ('parallel', routine.proparallel::text),
            ('settings', pg_catalog.array_to_string(routine.proconfig, ', ')),
            ('body (hash)', pg_catalog.md5(coalesce(pg_catalog.pg_get_function_sqlbody(routine.oid), routine.prosrc)))
    ) as detail (aspect, value)

    -- Types
    union all
    select data_type.object, detail.aspect, detail.value
    from data_type
    cross join lateral (
        values
            ('labels', (
                select pg_catalog.string_agg(enumlabel, ', ' order by enumsortorder)
                from pg_catalog.pg_enum where enumtypid = data_type.oid
            )),
            ('base', case data_type.typtype
                when 'd' then pg_catalog.format_type(data_type.typbasetype, data_type.typtypmod) end),
            ('null', case when data_type.typtype = 'd' and data_type.typnotnull then 'not allowed' end),
            ('default', data_type.typdefault),
            ('checks', (
                select pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(oid), ' ' order by conname)
                from pg_catalog.pg_constraint where contypid = data_type.oid and contype = 'c'
            )),
            ('attributes', (
                select pg_catalog.string_agg(
                    pg_catalog.concat(attname, ' ', pg_catalog.format_type(atttypid, atttypmod)), ', ' order by attnum)
                from pg_catalog.pg_attribute
                where attrelid = data_type.typrelid and attnum > 0 and not attisdropped
            ))
    ) as detail (aspect, value)

    -- Owners (only if another than the schema's) and privileges
    union all
    select secured.object, 'owner', role.rolname::text
    from secured inner join pg_catalog.pg_roles as role on role.oid = secured.owner
    where
        secured.part is null
        and secured.owner <> (select oid from owner)
        and secured.object <> 'schema public'  -- its owner is the server's choice
    union all
    select
        object,
        pg_catalog.concat('privileges of ', grantee, ' on column ' || pg_catalog.quote_ident(part)),
        pg_catalog.string_agg(distinct privilege, ', ' order by privilege)
    from privilege
    group by object, part, grantee
)

select object, aspect, pg_catalog.string_agg(distinct value, ' | ' order by value) as value
from row_of
where value is not null
group by object, aspect
order by object, aspect
