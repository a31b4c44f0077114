-- For workers only: the comparison of the bucket with the tables.

revoke all on ddp.bucket_runs from public, anon, authenticated, service_role;
grant select, insert, update, delete on ddp.bucket_runs to service_role;

drop policy if exists workers on ddp.bucket_runs;
create policy workers on ddp.bucket_runs to service_role using (true) with check (true);
