-- transaction: none
-- Each minute the last day of all senders is looked at: it must not cost what all days cost.
create index concurrently if not exists sender_hours_hour_idx on ddp.sender_hours (channel, hour);
