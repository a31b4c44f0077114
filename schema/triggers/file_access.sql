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

-- The first time, what was there before: the triggers' locks keep writers out until both are committed.
select ddp.refresh_file_access(array(
    select f.file_id from public.files f where f.is_public and f.deleted_at is null
    union
    select f.file_id from public.files f where f.is_brand_asset and f.deleted_at is null
    union
    select s.file_id from public.file_shares s
    where s.shared_with_user_id is not null and s.revoked_at is null and s.expires_at > now()
))
where not exists (select from ddp.file_access);
