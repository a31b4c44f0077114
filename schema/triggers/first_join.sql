-- requires: functions/first_join.sql

create or replace trigger note_first_join before insert or update on public.campaign_participants
    for each row execute function ddp.note_first_join();
