-- SQLite. A crash of the machine may lose the last messages; a crash of the mailbox loses none.
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists messages (
    number integer primary key autoincrement,
    message_id text not null,
    accepted_at real not null,
    recipients text not null,
    subject text not null,
    send text, -- the tag ddp_send
    content blob -- compressed JSON; null if no longer kept
);
create index if not exists messages_send on messages (send);
create table if not exists identities (
    identity text primary key,
    verified integer not null,
    tags text not null -- JSON, in SES's form
);
create table if not exists tenants (tenant text primary key);
-- Events that are not published yet.
create table if not exists events (
    number integer primary key,
    due real not null, -- seconds since the epoch
    attempts integer not null default 0,
    configuration_set text not null,
    kind text not null, -- SES's type
    body text not null -- JSON
);
create index if not exists events_due on events (due);
