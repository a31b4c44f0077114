-- Who asks, in PL/pgSQL: one in SQL with a search_path of its own is not inlined, and before PostgreSQL 18 it is planned
-- again by every statement that calls it. Supabase's own function has no search_path, is inlined, and stays as it is.

do $auth$
begin
    if pg_catalog.pg_has_role((select proowner from pg_catalog.pg_proc where oid = 'auth.uid()'::pg_catalog.regprocedure), 'USAGE')
        and obj_description('auth.uid()'::pg_catalog.regprocedure, 'pg_proc') = 'The acting user: the claim `sub`, or null.'
    then
        create or replace function auth.uid() returns uuid
            language plpgsql stable parallel safe
            set search_path = ''
            as $$
            begin
                return nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid;
            end
            $$;
    end if;
end
$auth$;
