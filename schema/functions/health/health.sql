-- requires: policies/heartbeats.sql
-- What GET /health judges: a dozen rows and no tenant's data, because anybody may ask.

create or replace function ddp.health() returns jsonb
    language sql stable security definer
    set search_path = ''
as $$
    select jsonb_build_object(
        'schema_version', (select max(m.name) from ddp.applied_migrations m),
        'heartbeats', coalesce((
            select jsonb_object_agg(h.name, jsonb_build_object(
                'seconds', greatest(0, round(extract(epoch from clock_timestamp() - h.at))), 'oldest_due', h.oldest_due
            ))
            from ddp.heartbeats h
        ), '{}')
    )
$$;
comment on function ddp.health() is
    'The newest migration that was applied, and of each schedule how many seconds ago it completed a run, with what it measured then.';
revoke all on function ddp.health() from public, anon, authenticated, service_role;
grant execute on function ddp.health() to authenticated;
