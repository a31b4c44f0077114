-- One check per statement, which returns the names of offending objects as `offender`. Order and numbers are those of
-- Supabase's database linter, whose advice the checks follow. Omitted, because they do not apply to a freshly applied
-- schema: 0005 unused_index and 0020 table_bloat (nothing has run yet), 0022 extension_versions_outdated (there are no
-- extensions), 0012 anonymous sign-ins (a setting of the sign-in service), 0019 and 0025 (Supabase's queues and buckets).

-- name: unindexed_foreign_keys
-- 0001: an index that begins with the columns of the foreign key, and is partial at most to exclude nulls.
select format('%s %s', k.conrelid::regclass, k.conname) as offender
from pg_constraint k
where k.contype = 'f' and k.conparentid = 0 and k.connamespace = any ('{public,ddp}'::regnamespace[])
    and not exists (
        select from pg_index i
        where i.indrelid = k.conrelid and i.indisvalid
            and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] = k.conkey
            and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\(\w+ IS NOT NULL\)$')
    );

-- name: auth_users_exposed
-- 0002: a view over the sign-in service's own table.
select distinct d.classid::regclass::text || ' ' || r.ev_class::regclass as offender
from pg_rewrite r
join pg_depend d on d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
join pg_class c on c.oid = r.ev_class and c.relnamespace = 'public'::regnamespace
join pg_class t on t.oid = d.refobjid and t.relname = 'users' and t.relnamespace = to_regnamespace('auth')
where d.refclassid = 'pg_class'::regclass;

-- name: auth_rls_initplan
-- 0003: a call in a policy runs for each row unless it is in a scalar sub-select.
select format('%s %s', tablename, policyname) as offender
from pg_policies
where schemaname = 'public' and regexp_replace(
    concat(qual, with_check), 'SELECT (ddp\.\w+|auth\.\w+|current_setting)\([^()]*\)', '', 'g'
) ~ '((ddp|auth)\.\w+|current_setting)\(';

-- name: no_primary_key
-- 0004: `ddp` included; a unique key is enough. Partitions have their parent's.
select c.oid::regclass::text as offender
from pg_class c
where c.relnamespace = any ('{public,ddp}'::regnamespace[]) and c.relkind in ('r', 'p') and not c.relispartition
    and not exists (
        select from pg_index i where i.indrelid = c.oid and (i.indisprimary or i.indisunique and i.indpred is null)
    );

-- name: multiple_permissive_policies
-- 0006: several policies are OR-ed: each is evaluated, and each widens the others.
select format('%s %s %s', tablename, role, verb) as offender
from pg_policies, unnest(roles) role,
    unnest(case cmd when 'ALL' then '{SELECT,INSERT,UPDATE,DELETE}' else array[cmd] end) verb
where schemaname = any ('{public,ddp}') and permissive = 'PERMISSIVE'
group by tablename, role, verb having count(*) > 1;

-- name: policy_exists_rls_disabled
-- 0007: a policy without effect.
select format('%s %s', p.polrelid::regclass, p.polname) as offender
from pg_policy p join pg_class c on c.oid = p.polrelid
where not c.relrowsecurity and c.relnamespace = any ('{public,ddp}'::regnamespace[]);

-- name: rls_enabled_no_policy
-- 0008: in `public`; each table has policies for readers and for workers. In `ddp`, no policy means no access.
select c.relname as offender
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not (
    exists (select from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname and p.policyname = 'read')
    and exists (
        select from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname and p.policyname = 'workers'
    )
);

-- name: duplicate_index
-- 0009: the same columns, order, expressions and condition (a constraint's own index included).
select string_agg(i.indexrelid::regclass::text, ' ' order by i.indexrelid::regclass::text) as offender
from pg_index i
join pg_class c on c.oid = i.indrelid and c.relnamespace = any ('{public,ddp}'::regnamespace[])
where not c.relispartition
group by i.indrelid, i.indkey::text, i.indoption::text, i.indclass::text, coalesce(pg_get_expr(i.indexprs, i.indrelid), ''),
    coalesce(pg_get_expr(i.indpred, i.indrelid), '')
having count(*) > 1;

-- name: index_covered_by_another
-- Ours: another index of the same kind with the same leading columns serves the same queries; writes pay for both.
select format('%s by %s', a.indexrelid::regclass, b.indexrelid::regclass) as offender
from pg_index a
join pg_class c on c.oid = a.indrelid and c.relnamespace = any ('{public,ddp}'::regnamespace[]) and not c.relispartition
join pg_index b on b.indrelid = a.indrelid and b.indexrelid <> a.indexrelid
where not a.indisunique and a.indexprs is null and b.indexprs is null and a.indnatts < b.indnatts
    and a.indpred is not distinct from b.indpred
    and (b.indkey::smallint[])[0:a.indnatts - 1] = (a.indkey::smallint[])[0:a.indnatts - 1]
    and (b.indoption::smallint[])[0:a.indnatts - 1] = (a.indoption::smallint[])[0:a.indnatts - 1];

-- name: security_definer_view
-- 0010: a view without security_invoker shows what its owner may see.
select c.oid::regclass::text as offender
from pg_class c
where c.relnamespace = any ('{public,ddp}'::regnamespace[]) and c.relkind = 'v'
    and 'security_invoker=true' <> all (coalesce(c.reloptions, '{}'));

-- name: function_search_path_mutable
-- 0011: an empty path, so that no caller's table or operator is used instead of ours.
select p.oid::regprocedure::text as offender
from pg_proc p
where p.pronamespace = any ('{public,ddp}'::regnamespace[])
    and 'search_path=""' <> all (coalesce(p.proconfig, '{}'));

-- name: rls_disabled
-- 0013: includes partitions and the private schema, except the migrator's ledger, on which nobody has a grant.
select c.oid::regclass::text as offender
from pg_class c
where c.relnamespace = any ('{public,ddp}'::regnamespace[]) and c.relkind in ('r', 'p') and not c.relrowsecurity
    and c.oid <> all (array['ddp.applied_migrations', 'ddp.applied_repeatables']::regclass[]);

-- name: extension_in_public
-- 0014: the API would expose the extension's functions and types.
select extname as offender from pg_extension where extnamespace = any ('{public,ddp}'::regnamespace[]);

-- name: rls_references_user_metadata
-- 0015: users can edit these claims. Our policies query `users`, and read only the subject.
select format('%s %s', tablename, policyname) as offender
from pg_policies where concat(qual, with_check) ~ 'user_metadata|app_metadata|raw_user_meta_data|\mjwt\M';

-- name: materialized_view_in_api
-- 0016: row level security cannot protect one, so it is in `ddp`, without grants.
select c.oid::regclass::text as offender
from pg_class c
where c.relkind = 'm' and (
    c.relnamespace = 'public'::regnamespace
    or c.relnamespace = 'ddp'::regnamespace
        and exists (select from aclexplode(c.relacl) a where a.grantee in ('anon'::regrole, 0))
);

-- name: foreign_table_in_api
-- 0017: the foreign server does not apply our policies.
select oid::regclass::text as offender from pg_class where relkind = 'f' and relnamespace = 'public'::regnamespace;

-- name: unsupported_reg_types
-- 0018: an upgrade of the server refuses columns of these types.
select format('%s.%s', a.attrelid::regclass, a.attname) as offender
from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relnamespace = any ('{public,ddp}'::regnamespace[])
where c.relkind in ('r', 'p', 'm') and a.atttypid = any ('{regproc,regprocedure,regoper,regoperator,regnamespace,regcollation}'::regtype[]);

-- name: sensitive_columns_exposed
-- 0023: a role of the API can read a column whose name suggests a secret.
select format('%s.%s %s', c.relname, a.attname, role) as offender
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
cross join unnest(array['anon', 'authenticated']) role
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and a.attname ~ '(password|secret|token|credential|api_key|private_key|ssn|card_number)'
    and has_column_privilege(role, c.oid, a.attnum, 'SELECT');

-- name: permissive_rls_policy
-- 0024: a condition that is always true, for anyone but workers.
select format('%s %s', tablename, policyname) as offender
from pg_policies
where schemaname = any ('{public,ddp}') and roles <> '{service_role}' and (qual = 'true' or with_check = 'true');

-- name: policy_for_everyone
-- Ours: a policy that names no role (or anon) also applies to signed-in users, and to logins created later.
select format('%s %s', tablename, policyname) as offender
from pg_policies where schemaname = any ('{public,ddp}') and not roles <@ '{authenticated,service_role}';

-- name: anon_table_exposed
-- 0026: callers who are not signed in cannot read or write any table or view.
select distinct format('%s %s', c.relname, coalesce(r.rolname, 'public')) as offender
from pg_class c
cross join aclexplode(c.relacl) a
left join pg_roles r on r.oid = a.grantee
where c.relnamespace = any ('{public,ddp}'::regnamespace[]) and (a.grantee = 0 or r.rolname = 'anon');

-- name: anon_security_definer_function_executable
-- 0028: these run with the rights of the tables' owner.
select distinct format('%s.%s', p.pronamespace::regnamespace, p.proname) as offender
from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
where p.pronamespace = any ('{public,ddp}'::regnamespace[]) and p.prosecdef and a.grantee in ('anon'::regrole, 0);

-- name: authenticated_security_definer_function_executable
-- 0029
select distinct format('%s.%s', p.pronamespace::regnamespace, p.proname) as offender
from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
where p.pronamespace = any ('{public,ddp}'::regnamespace[]) and p.prosecdef and a.grantee in ('authenticated'::regrole, 0);

-- name: invalid_index
-- 0030: an interrupted CREATE INDEX CONCURRENTLY leaves an index that is maintained and never used.
select i.indexrelid::regclass::text as offender
from pg_index i join pg_class c on c.oid = i.indrelid
where c.relnamespace = any ('{public,ddp}'::regnamespace[]) and not (i.indisvalid and i.indisready);

-- name: autovacuum_disabled
-- 0030: without autovacuum, dead rows accumulate.
select oid::regclass::text as offender from pg_class
where relnamespace = any ('{public,ddp}'::regnamespace[]) and reloptions && '{autovacuum_enabled=false,autovacuum_enabled=off}';

-- name: unvalidated_constraint
-- Ours: a constraint that was added NOT VALID must be validated later. Partitions have those of their table.
select format('%s %s', conrelid::regclass, conname) as offender
from pg_constraint
where not convalidated and conislocal and connamespace = any ('{public,ddp}'::regnamespace[]);

-- name: uncommented_function
-- Ours: people read comments in their SQL client, and on the API's own page.
select p.oid::regprocedure::text as offender
from pg_proc p
where p.pronamespace = any ('{public,ddp}'::regnamespace[]) and obj_description(p.oid, 'pg_proc') is null;

-- name: policy_without_index
-- Ours: a column that a policy compares with the caller leads an index; otherwise a user's list reads all rows.
select distinct format('%s.%s', tablename, matched[1]) as offender
from pg_policies
cross join regexp_matches(qual, '\(([a-z_]+) = \( SELECT ddp\.active_user_id\(\)', 'g') matched
where schemaname = 'public' and cmd in ('SELECT', 'ALL')
    and not exists (
        select from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indrelid = format('%I.%I', schemaname, tablename)::regclass and a.attname = matched[1]
    )
    -- A name inside a sub-select of the policy may be a column of another table.
    and exists (
        select from pg_attribute a where a.attrelid = format('%I.%I', schemaname, tablename)::regclass and a.attname = matched[1]
    );
