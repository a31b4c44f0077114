-- requires: functions/refresh_file_access.sql
-- A new file is nobody else's yet: it needs no trigger.

create or replace trigger file_access_insert after insert on public.file_shares
    referencing new table as changed
    for each statement execute function ddp.refresh_access_of_changed_shares();
create or replace trigger file_access_delete after delete on public.file_shares
    referencing old table as changed
    for each statement execute function ddp.refresh_access_of_changed_shares();
create or replace trigger file_access_update_before after update on public.file_shares
    referencing old table as changed
    for each statement execute function ddp.refresh_access_of_changed_shares();
create or replace trigger file_access_update_after after update on public.file_shares
    referencing new table as changed
    for each statement execute function ddp.refresh_access_of_changed_shares();

create or replace trigger file_access after update on public.files
    referencing old table as before new table as changed
    for each statement execute function ddp.refresh_access_of_changed_files();
