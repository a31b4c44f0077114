-- requires: functions/note_opt_outs.sql

create or replace trigger note_opt_outs after insert on public.suppressions
    referencing new table as new_suppressions
    for each statement execute function ddp.note_opt_outs();
