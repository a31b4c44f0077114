-- How far the recomputation is that an administrator asked for: it takes longer than any request or function may.

create table ddp.recomputation (
    is_only boolean primary key default true check (is_only),
    requested_by uuid,
    requested_at timestamptz not null default now(),
    began_at timestamptz,
    slices integer check (slices >= 0),
    ended_at timestamptz
);
alter table ddp.recomputation enable row level security;
comment on table ddp.recomputation is 'One row: the recomputation under way, or the last one. Refreshes work on it, slice by slice.';
comment on column ddp.recomputation.requested_by is 'Null: an operator, or a migration.';
comment on column ddp.recomputation.slices is 'How many it was cut into when it began; those left are in ddp.recompute_slices.';
