-- Files of figures: what was asked for, by whom and for which account, and what became of it.

create table public.analytics_exports (
    analytics_export_id uuid primary key default gen_random_uuid(),
    created_by_user_id uuid not null references public.users,
    requested_by_user_id uuid not null references public.users,
    list varchar(50) not null check (list <> ''),
    format varchar(10) not null check (format in ('csv', 'jsonl')),
    request jsonb not null check (jsonb_typeof(request) = 'object' and length(request::text) <= 4000),
    state varchar(20) not null default 'pending' check (state in ('pending', 'ready', 'failed')),
    row_count bigint,
    failure_reason varchar(500),
    attempts smallint not null default 0,
    created_at timestamptz not null default now(),
    queued_at timestamptz,
    ended_at timestamptz,
    check ((ended_at is null) = (state = 'pending')),
    check ((row_count is not null) = (state = 'ready'))
);
alter table public.analytics_exports enable row level security;
comment on table public.analytics_exports is 'Files of figures that were asked for, compressed CSV or JSON lines.';
comment on column public.analytics_exports.created_by_user_id is 'The account whose figures they are, and who may fetch the file.';
comment on column public.analytics_exports.requested_by_user_id is
    'The person who asked: the worker asks as this person, who must still be a member of the account then.';
comment on column public.analytics_exports.request is 'Scope, period and filters, as the API takes them.';
comment on column public.analytics_exports.attempts is 'How often a worker began to write the file.';
comment on column public.analytics_exports.queued_at is
    'When the queue took a message that no worker has received yet; in the future: when a failed one comes again.';
create index analytics_exports_creator_idx
    on public.analytics_exports (created_by_user_id, created_at desc, analytics_export_id desc);
create index analytics_exports_requester_idx on public.analytics_exports (requested_by_user_id);
create index analytics_exports_open_idx on public.analytics_exports (queued_at) where state = 'pending';
