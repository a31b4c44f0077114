-- The bucket is compared with the tables once a day, in portions: how far the comparison is, what it found, and what of
-- that has been so before.
create table ddp.bucket_runs (
    bucket_run_id uuid primary key default gen_random_uuid(),
    is_dry boolean not null,
    orphans_allowed integer check (orphans_allowed >= 0),
    began_at timestamptz not null default now(),
    ended_at timestamptz,
    outcome varchar(20) check (outcome in ('complete', 'too-many-orphans')),
    leased_until timestamptz,
    step varchar(20) not null,
    after_key text not null default '',
    from_file_id uuid not null default '00000000-0000-0000-0000-000000000000',
    objects bigint not null default 0,
    expected bigint not null default 0,
    orphans bigint not null default 0,
    orphans_due bigint not null default 0,
    removed bigint not null default 0,
    missing bigint not null default 0,
    restored bigint not null default 0,
    compared bigint not null default 0,
    damaged bigint not null default 0,
    check ((ended_at is null) = (outcome is null))
);
alter table ddp.bucket_runs enable row level security;
comment on table ddp.bucket_runs is 'Comparisons of the bucket with the tables: the report of each, and how far the current one is.';
comment on column ddp.bucket_runs.is_dry is 'Counts what it would do, and does not do it.';
comment on column ddp.bucket_runs.orphans_allowed is
    'How many orphans may be there without stopping their removal, as an operator said; null: the usual limit.';
comment on column ddp.bucket_runs.leased_until is 'Until then a worker is at work on it; null: none is.';
comment on column ddp.bucket_runs.step is 'The part of the bucket that is compared, or remove: the last step.';
comment on column ddp.bucket_runs.after_key is 'Everything up to this key of the step is done.';
comment on column ddp.bucket_runs.from_file_id is 'Rows of earlier files are done.';
comment on column ddp.bucket_runs.objects is 'Objects that the bucket listed.';
comment on column ddp.bucket_runs.expected is 'Objects that rows say are there.';
comment on column ddp.bucket_runs.orphans is 'Objects without a row that are old enough to be nobody''s work in progress.';
comment on column ddp.bucket_runs.orphans_due is 'Orphans that were already there a week ago.';
comment on column ddp.bucket_runs.missing is 'Objects that a row says are there, and the bucket does not have.';
comment on column ddp.bucket_runs.restored is 'Missing objects that are there again, from an earlier version.';
comment on column ddp.bucket_runs.compared is 'Objects whose SHA-256 was compared with the row''s.';
comment on column ddp.bucket_runs.damaged is 'Objects with another length or SHA-256 than the row says.';
create unique index bucket_runs_open_key on ddp.bucket_runs (is_dry) where ended_at is null;
create index bucket_runs_ended_idx on ddp.bucket_runs (ended_at);

create table ddp.bucket_findings (
    kind varchar(20) not null check (kind in ('orphan', 'missing', 'damaged')),
    object_key text not null,
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    primary key (kind, object_key)
);
alter table ddp.bucket_findings enable row level security;
comment on table ddp.bucket_findings is
    'What the last comparison of the bucket with the tables found, and since when each comparison has found it.';
