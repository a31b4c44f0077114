-- SQLite.
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
