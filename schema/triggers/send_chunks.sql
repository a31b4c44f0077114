-- requires: functions/due_chunks.sql

create or replace trigger tell_buckets after insert on ddp.send_chunks
    referencing new table as new_chunks
    for each statement execute function ddp.tell_buckets_of_new_chunks();
