-- For workers only: the comparison of the bucket with the tables.

revoke all on ddp.bucket_findings from public, anon, authenticated, service_role;
grant select, insert, update, delete on ddp.bucket_findings to service_role;

drop policy if exists workers on ddp.bucket_findings;
create policy workers on ddp.bucket_findings to service_role using (true) with check (true);
