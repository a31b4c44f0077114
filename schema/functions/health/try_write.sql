-- requires: policies/heartbeats.sql
-- Shows a deploy that requests can write: it commits a change that leaves nothing behind.

create or replace function ddp.try_write() returns void
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    -- Two at once wait for each other; the second finds no row, because the first has removed its own.
    insert into ddp.heartbeats (name) values ('smoke-test') on conflict (name) do nothing;
    delete from ddp.heartbeats h where h.name = 'smoke-test';
end
$$;
comment on function ddp.try_write() is
    'Writes a row and removes it in the same transaction; raises if the database takes no writes.';
revoke all on function ddp.try_write() from public, anon, authenticated, service_role;
grant execute on function ddp.try_write() to authenticated;
