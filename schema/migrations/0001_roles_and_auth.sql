-- Roles, default privileges, the private schema `ddp`, and the `auth` contract.
--
-- Roles belong to the whole server, so this file expects to find them already made, or being made by another
-- database at the same moment. Everything else is made exactly once.

do $roles$
declare
    v_role text;
    v_options text;
begin
    for v_role, v_options in
        values
            ('anon', 'nologin noinherit'),           -- a request without a token
            ('authenticated', 'nologin noinherit'),  -- a request with a verified token
            ('service_role', 'nologin noinherit'),   -- workers
            ('ddp_api', 'login noinherit'),          -- HTTP functions connect as this
            ('ddp_worker', 'login noinherit'),       -- queue functions connect as this
            ('ddp_migrator', 'login noinherit')      -- the deploy connects as this
    loop
        continue when exists (select from pg_catalog.pg_roles where rolname = v_role);
        begin
            execute pg_catalog.format('create role %I %s', v_role, v_options);
        exception
            when duplicate_object or unique_violation then null;  -- another database was faster
        end;
    end loop;
end
$roles$;

-- PostgreSQL 16 split membership into INHERIT and SET and says so in GRANT; 15 knows neither word.
do $memberships$
declare
    v_split constant boolean := current_setting('server_version_num')::integer >= 160000;
    v_option constant text := case when v_split then ' with inherit false, set true' else '' end;
    v_privilege constant text := case when v_split then 'SET' else 'MEMBER' end;
    v_role text;
    v_login text;
begin
    for v_role, v_login in
        values ('anon', 'ddp_api'), ('authenticated', 'ddp_api'), ('service_role', 'ddp_worker')
    loop
        for v_attempt in 1..50 loop
            exit when pg_catalog.pg_has_role(v_login, v_role, v_privilege);
            begin
                execute pg_catalog.format('grant %I to %I%s', v_role, v_login, v_option);
            exception
                when unique_violation then null;
                when internal_error then  -- "tuple concurrently updated": another database grants the same
                    if v_attempt = 50 then raise; end if;
                    perform pg_catalog.pg_sleep(0.05);
                when insufficient_privilege then
                    raise exception using
                        errcode = 'insufficient_privilege',
                        message = pg_catalog.format('%I may not grant the role %I.', current_user, v_role),
                        hint = pg_catalog.format(
                            'Let an administrator run: GRANT %I TO %I%s;', v_role, v_login, upper(v_option)
                        );
            end;
        end loop;
    end loop;
end
$memberships$;

-- ddp_migrator becomes the owner of the objects. From PostgreSQL 16 on, a role that is no superuser cannot
-- hand itself on; there the deploy connects as the owner instead.
do $migrator$
declare
    v_split constant boolean := current_setting('server_version_num')::integer >= 160000;
    v_option constant text := case when v_split then ' with inherit false, set true' else '' end;
begin
    if not pg_catalog.pg_has_role('ddp_migrator', current_user, 'MEMBER') then
        execute pg_catalog.format('grant %I to ddp_migrator%s', current_user, v_option);
    end if;
exception
    when insufficient_privilege or invalid_grant_operation or unique_violation or internal_error then
        raise notice 'ddp_migrator cannot become %: %', current_user, sqlerrm;
end
$migrator$;

-- Some servers (Supabase) grant everything on new objects to the API's roles. What this role makes starts closed;
-- schema/policies and schema/functions then grant what is meant. Per-schema defaults add to the global ones,
-- so both are cleared.
alter default privileges revoke all on tables from anon, authenticated, service_role;
alter default privileges revoke all on sequences from anon, authenticated, service_role;
alter default privileges revoke all on functions from public, anon, authenticated, service_role;
alter default privileges in schema public revoke all on tables from public, anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from public, anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from public, anon, authenticated, service_role;

revoke create on schema public from public, anon, authenticated, service_role;
grant usage on schema public to anon, authenticated, service_role;

-- The migrator has already made the schema for its ledger.
create schema if not exists ddp;
comment on schema ddp is 'Private: the migrator''s ledger, partitions and helpers. Not exposed by an API.';
revoke all on schema ddp from public, anon, authenticated, service_role;
grant usage on schema ddp to authenticated, service_role;

-- Who asks. On Supabase both functions are there and are not ours to change; elsewhere the same contract is
-- made here, so that policies and tests are one text.
do $auth$
begin
    if pg_catalog.to_regnamespace('auth') is null then
        create schema auth;
        revoke all on schema auth from public;
        grant usage on schema auth to anon, authenticated, service_role;
    end if;

    if pg_catalog.to_regprocedure('auth.jwt()') is null then
        create function auth.jwt() returns jsonb
            language sql stable
            set search_path = ''
            as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
        comment on function auth.jwt() is 'The verified claims of this transaction, or null.';
        revoke all on function auth.jwt() from public;
        grant execute on function auth.jwt() to anon, authenticated, service_role;
    end if;

    if pg_catalog.to_regprocedure('auth.uid()') is null then
        create function auth.uid() returns uuid
            language sql stable
            set search_path = ''
            as $$ select nullif(auth.jwt() ->> 'sub', '')::uuid $$;
        comment on function auth.uid() is 'The acting user: the claim `sub`, or null.';
        revoke all on function auth.uid() from public;
        grant execute on function auth.uid() to anon, authenticated, service_role;
    end if;
end
$auth$;
