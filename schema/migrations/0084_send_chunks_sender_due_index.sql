-- transaction: none
-- A sender's chunks of one bucket in the order in which they are due.
create index concurrently if not exists send_chunks_turn_idx
    on ddp.send_chunks (bucket, sender_user_id, due_at, chunk_no) where due_at is not null;
