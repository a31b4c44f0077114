-- transaction: none
create index concurrently if not exists bucket_senders_held_idx on ddp.bucket_senders (bucket, held_until)
    where held_until is not null;
