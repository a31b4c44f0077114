-- requires: functions/refresh_file_access.sql

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

create or replace trigger file_access_insert after insert on public.files
    referencing new table as changed
    for each statement execute function ddp.refresh_access_of_new_files();
create or replace trigger file_access_update after update on public.files
    referencing old table as before new table as changed
    for each statement execute function ddp.refresh_access_of_changed_files();

create or replace trigger file_access_update after update on public.brand_assets
    referencing old table as before new table as changed
    for each statement execute function ddp.refresh_access_of_changed_assets();

-- Rows of it are only added and removed.
create or replace trigger file_access_insert after insert on public.fund_claim_files
    referencing new table as changed
    for each statement execute function ddp.refresh_access_of_changed_proofs();
create or replace trigger file_access_delete after delete on public.fund_claim_files
    referencing old table as changed
    for each statement execute function ddp.refresh_access_of_changed_proofs();
