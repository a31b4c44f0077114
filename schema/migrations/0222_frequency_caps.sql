-- How many messages one recipient may get in some days, over all campaigns of a sender, or of all senders together.

create table ddp.frequency_caps (
    channel public.message_channel not null,
    owner_id uuid not null,
    messages smallint not null check (messages between 1 and 100),
    days smallint not null check (days between 1 and 90),
    set_at timestamptz not null default now(),
    primary key (channel, owner_id)
);
alter table ddp.frequency_caps enable row level security;
comment on table ddp.frequency_caps is
    'At most so many messages to one recipient in so many days. Without a row there is no cap, and nothing is counted.';
comment on column ddp.frequency_caps.owner_id is
    'The sender whose messages count; for those of all senders together, ddp.whole_platform().';

create table ddp.recipient_counters (
    channel public.message_channel not null,
    owner_id uuid not null,
    recipient_hash bytea not null check (octet_length(recipient_hash) = 32),
    send_ids uuid[] not null,
    attempts smallint[] not null,
    counted_at timestamptz[] not null,
    last_at timestamptz not null,
    check (cardinality(send_ids) between 1 and 100),
    check (cardinality(attempts) = cardinality(send_ids) and cardinality(counted_at) = cardinality(send_ids)),
    primary key (recipient_hash, owner_id, channel)
) with (fillfactor = 70);  -- a counter changes with each message, and its keys never
alter table ddp.recipient_counters enable row level security;
comment on table ddp.recipient_counters is
    'The latest messages to a recipient whose sender, or the platform, has a frequency cap; at most as many as the cap.';
comment on column ddp.recipient_counters.owner_id is 'As in ddp.frequency_caps.';
comment on column ddp.recipient_counters.recipient_hash is 'Keyed hash of the address or number, as suppressions know it.';
comment on column ddp.recipient_counters.send_ids is 'Rows of the channel''s ledger whose calls started, oldest first.';
comment on column ddp.recipient_counters.attempts is 'The first attempt of each that was counted.';
comment on column ddp.recipient_counters.counted_at is 'When the last call of each started.';
comment on column ddp.recipient_counters.last_at is 'The last of these times. Rows go when no cap can look back so far.';
