-- For workers only: what they know of the objects of pending uploads.

revoke all on ddp.upload_arrivals from public, anon, authenticated, service_role;
grant select, insert, update, delete on ddp.upload_arrivals to service_role;

drop policy if exists workers on ddp.upload_arrivals;
create policy workers on ddp.upload_arrivals to service_role using (true) with check (true);
