-- requires: functions/active_user.sql
-- For workers, through functions. Callers see files.file_url, and ask for the state of tokens that they know.

revoke all on ddp.hosted_images from public, anon, authenticated, service_role;
grant select on ddp.hosted_images to service_role;

drop policy if exists workers on ddp.hosted_images;
create policy workers on ddp.hosted_images for select to service_role using (true);
