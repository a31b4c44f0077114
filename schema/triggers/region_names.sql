-- requires: functions/region_names.sql

create or replace trigger note_region_names_insert after insert on public.geography
    for each statement execute function ddp.note_region_names();
create or replace trigger note_region_names_update after update on public.geography
    for each statement execute function ddp.note_region_names();
create or replace trigger note_region_names_delete after delete on public.geography
    for each statement execute function ddp.note_region_names();
select ddp.refresh_region_names();

-- Only where the region changes: a profile with an older spelling can still be changed.
create or replace trigger set_region_insert before insert on public.users
    for each row when (new.profile_data ? 'region') execute function ddp.set_region();
create or replace trigger set_region_update before update of profile_data on public.users
    for each row when (
        new.profile_data ? 'region' and new.profile_data -> 'region' is distinct from old.profile_data -> 'region'
    ) execute function ddp.set_region();
