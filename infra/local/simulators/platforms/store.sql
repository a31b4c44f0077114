-- SQLite. A crash of the machine may lose the last rows; a crash of the simulator loses none. Times are seconds since the
-- epoch.
pragma journal_mode = wal;
pragma synchronous = normal;
-- Everything that a platform keeps: accounts, codes, tokens, uploads, containers, posts, comments.
create table if not exists objects (
    id text primary key,
    platform text not null,
    kind text not null,
    owner text not null, -- the account, or the person
    at real not null,
    body text not null -- JSON
);
create index if not exists objects_owner on objects (platform, kind, owner, at);
-- What became public, in the order in which it did; nothing is ever deleted from it.
create table if not exists finalised (
    number integer primary key autoincrement,
    at real not null,
    platform text not null,
    account text not null,
    kind text not null, -- post or comment
    object_id text not null,
    text text not null,
    media text not null -- JSON: [{"sha256": …, "size": …}]
);
-- What counts against a quota or is charged. Amounts are units, or 0.001 US dollars for `dollars`.
create table if not exists uses (
    platform text not null,
    what text not null,
    owner text not null, -- the account; empty: the application
    at real not null,
    amount integer not null
);
create index if not exists uses_at on uses (platform, what, owner, at);
-- Webhooks and callbacks that are to be sent, or were.
create table if not exists deliveries (
    number integer primary key autoincrement,
    platform text not null,
    kind text not null, -- webhook or deauthorise
    body blob not null,
    due real not null,
    tries integer not null,
    status text not null, -- empty: to be sent; 200, lost, or given up
    headers text not null -- JSON: of the last try
);
create index if not exists deliveries_due on deliveries (due) where status = '';
create table if not exists settings (name text primary key, value text not null);
