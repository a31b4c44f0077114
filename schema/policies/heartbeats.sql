-- Workers write a row each time that a schedule's run is complete. Everybody else reads them through ddp.health().

revoke all on ddp.heartbeats from public, anon, authenticated, service_role;
grant select, insert, update on ddp.heartbeats to service_role;

drop policy if exists workers on ddp.heartbeats;
create policy workers on ddp.heartbeats for all to service_role using (true) with check (true);
