-- requires: functions/name_words.sql

create or replace trigger index_names after insert on public.users referencing new table as added
    for each statement execute function ddp.index_names();
create or replace trigger index_name after update of user_name, user_type, is_active on public.users
    for each row execute function ddp.index_name();
