-- SQLite. A crash of the machine may lose the last rows; a crash of the simulator loses none.
pragma journal_mode = wal;
pragma synchronous = normal;
-- Events that are not published yet.
create table if not exists events (
    number integer primary key,
    due real not null, -- seconds since the epoch
    attempts integer not null default 0,
    configuration_set text not null, -- the name of its destinations
    kind text not null, -- the provider's type
    body text not null -- JSON
);
create index if not exists events_due on events (due);
