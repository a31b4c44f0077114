-- The migrator's own tables: what was applied, and which objects each repeatable file made.
create schema if not exists ddp;

create table if not exists ddp.applied_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by text not null default session_user
);

create table if not exists ddp.applied_repeatables (
    name text primary key,
    checksum text not null,
    objects text[] not null,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by text not null default session_user
);

alter table ddp.applied_migrations enable row level security;
alter table ddp.applied_repeatables enable row level security;
revoke all on ddp.applied_migrations, ddp.applied_repeatables from public;
