-- requires: functions/sender_fields.sql, functions/host_logo.sql
-- Only where it changes: a profile from before these rules can still be changed elsewhere.

create or replace trigger check_sender_insert before insert on public.users
    for each row when (new.profile_data ? 'sender') execute function ddp.check_sender_fields();
create or replace trigger check_sender_update before update of profile_data on public.users
    for each row when (
        new.profile_data ? 'sender' and new.profile_data -> 'sender' is distinct from old.profile_data -> 'sender'
    ) execute function ddp.check_sender_fields();
create or replace trigger host_logo after update of profile_data on public.users
    for each row when (
        new.profile_data #>> '{sender,logo_file_id}' is distinct from old.profile_data #>> '{sender,logo_file_id}'
        and new.profile_data #>> '{sender,logo_file_id}' is not null
    ) execute function ddp.host_logo();
