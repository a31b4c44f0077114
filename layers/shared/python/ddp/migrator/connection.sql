-- The role, the server, and the owner of the schema. One row.
select
    current_setting('server_version_num')::integer as version,
    current_database() as database,
    current_user::text as role,
    owner.rolname::text as owner,
    coalesce(
        pg_has_role(
            current_user,
            owner.oid,
            -- Since PostgreSQL 16, membership without SET does not allow SET ROLE.
            case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end
        ),
        false
    ) as may_become_owner,
    has_database_privilege(current_database(), 'CREATE') as may_create_schema
from (values (1)) as always (one)
left join pg_catalog.pg_namespace as schema on schema.nspname = 'ddp'
left join pg_catalog.pg_roles as owner on owner.oid = schema.nspowner
