-- requires: functions/refresh_file_flags.sql
-- Deleting a collection deletes its entries, and those statements fire the triggers of collection_files.
-- A trigger with transition tables has one event; an update concerns the file before and the file after.

create or replace trigger file_flags_insert after insert on public.collection_files
    referencing new table as changed
    for each statement execute function ddp.refresh_flags_of_changed_files();
create or replace trigger file_flags_delete after delete on public.collection_files
    referencing old table as changed
    for each statement execute function ddp.refresh_flags_of_changed_files();
create or replace trigger file_flags_update_before after update on public.collection_files
    referencing old table as changed
    for each statement execute function ddp.refresh_flags_of_changed_files();
create or replace trigger file_flags_update_after after update on public.collection_files
    referencing new table as changed
    for each statement execute function ddp.refresh_flags_of_changed_files();

create or replace trigger file_flags_insert after insert on public.brand_assets
    referencing new table as changed
    for each statement execute function ddp.refresh_flags_of_changed_files();
create or replace trigger file_flags_delete after delete on public.brand_assets
    referencing old table as changed
    for each statement execute function ddp.refresh_flags_of_changed_files();
create or replace trigger file_flags_update after update on public.brand_assets
    referencing old table as before new table as changed
    for each statement execute function ddp.refresh_flags_of_changed_assets();

create or replace trigger file_flags after update on public.collections
    referencing old table as before new table as changed
    for each statement execute function ddp.refresh_flags_of_changed_collections();
