-- requires: functions/name_words.sql

create or replace trigger index_name after insert or update of user_name, user_type, is_active on public.users
    for each row execute function ddp.index_name();
