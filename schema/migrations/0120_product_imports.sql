-- Imports of products from CSV files: what was asked for, how far it is, and the lines that were not usable.

create table public.product_imports (
    product_import_id uuid primary key default gen_random_uuid(),
    file_id uuid not null references public.files,
    created_by_user_id uuid not null references public.users,
    requested_by_user_id uuid references public.users on delete set null,
    state varchar(20) not null default 'pending' check (state in ('pending', 'done', 'failed')),
    failure_code varchar(50),
    failure_reason varchar(500),
    ignored_columns text[] not null default '{}' check (length(ignored_columns::text) <= 10000),
    records_read bigint not null default 0,
    created_count bigint not null default 0,
    changed_count bigint not null default 0,
    unchanged_count bigint not null default 0,
    rejected_count bigint not null default 0,
    attempts integer not null default 0,
    created_at timestamptz not null default now(),
    queued_at timestamptz,
    leased_until timestamptz,
    ended_at timestamptz,
    check ((ended_at is null) = (state = 'pending')),
    check ((failure_code is null) = (state <> 'failed'))
);
alter table public.product_imports enable row level security;
comment on table public.product_imports is 'Imports of products from CSV files, in progress and over.';
comment on column public.product_imports.created_by_user_id is 'The account whose products they become.';
comment on column public.product_imports.requested_by_user_id is 'The person who asked for it, and whom the audit trail names.';
comment on column public.product_imports.ignored_columns is 'Headings of the file that name nothing that is imported.';
comment on column public.product_imports.records_read is
    'Records (blank ones too, without the header) that committed batches have read: where the next worker goes on.';
comment on column public.product_imports.rejected_count is 'Lines in product_import_rejections; the other counts are products.';
comment on column public.product_imports.attempts is 'Workers that took it since the last committed batch.';
comment on column public.product_imports.queued_at is 'When the queue took a message that no worker has received yet.';
comment on column public.product_imports.leased_until is 'Until then a worker has it; each batch extends the lease.';
create index product_imports_creator_idx
    on public.product_imports (created_by_user_id, created_at desc, product_import_id desc);
create index product_imports_file_idx on public.product_imports (file_id);
create index product_imports_requester_idx on public.product_imports (requested_by_user_id);
create index product_imports_open_idx on public.product_imports (created_at) where state = 'pending';

create table public.product_import_rejections (
    product_import_id uuid not null references public.product_imports on delete cascade,
    line bigint not null,
    created_by_user_id uuid not null references public.users,
    code varchar(50) not null,
    reason varchar(500) not null,
    value varchar(200),
    primary key (product_import_id, line)
);
alter table public.product_import_rejections enable row level security;
comment on table public.product_import_rejections is 'Lines of imported files from which no product was made, and why.';
comment on column public.product_import_rejections.line is 'The number of the record''s first line in the file, from 1.';
create index product_import_rejections_creator_idx on public.product_import_rejections (created_by_user_id);
