-- requires: functions/host_assets.sql, functions/hosted_images.sql, functions/refresh_file_flags.sql
-- Whatever withdraws an image: unpublishing, the trash, an end that a worker applies.

create or replace trigger host_changed_files after update on public.files
    referencing old table as before new table as changed
    for each statement execute function ddp.host_changed_files();

create or replace trigger host_changed_assets after update on public.brand_assets
    referencing old table as before new table as changed
    for each statement execute function ddp.host_changed_assets();
