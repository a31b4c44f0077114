-- SQLite. Amounts are whole numbers of 0.00001 US dollars, times are seconds since the epoch.
create table if not exists messages (
    number integer primary key autoincrement,
    message_id text not null,
    phone text not null, -- E.164
    identity text not null,
    direction text not null, -- out, in or auto
    body text not null,
    send text, -- the context's ddp_send
    content text not null -- the whole message as JSON
);
create index if not exists messages_phone on messages (phone, number);
create index if not exists messages_send on messages (send);
create table if not exists spending (
    month text primary key, -- 2026-11
    charged integer not null
);
create table if not exists opted_out (
    phone text primary key,
    at real not null,
    by_end_user integer not null
);
-- Phones whose carrier blocks a toll-free number, because they answered STOP to it.
create table if not exists carrier_blocks (phone text, identity text, primary key (phone, identity));
-- When numbers last left the opt-out list.
create table if not exists opted_in (phone text primary key, at real not null);
