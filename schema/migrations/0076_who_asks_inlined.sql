-- Who asks, once more, where `auth` is ours: as Supabase's own, it is planned into what calls it. A body that is parsed when
-- it is created needs no search_path, which would stand in the way of that.

do $auth$
begin
    if pg_catalog.pg_has_role((select proowner from pg_catalog.pg_proc where oid = 'auth.uid()'::pg_catalog.regprocedure), 'USAGE')
        and obj_description('auth.uid()'::pg_catalog.regprocedure, 'pg_proc') = 'The acting user: the claim `sub`, or null.'
    then
        create or replace function auth.uid() returns uuid
            language sql stable parallel safe
            begin atomic
                select nullif(nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid;
            end;
    end if;
end
$auth$;
