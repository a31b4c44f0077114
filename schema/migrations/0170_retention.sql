-- How long everything is kept, what removing it needs to remember, and requests for erasure.

create table ddp.retention (
    subject varchar(40) primary key,
    keep interval not null,
    least interval not null,
    kept text not null,
    changed_at timestamptz,
    changed_by uuid,
    constraint retention_keep_check check (keep >= least and keep <= interval '100 years')
);
alter table ddp.retention enable row level security;
comment on table ddp.retention is 'How long each kind of row is kept. Administrators change it, never below its floor.';
comment on column ddp.retention.least is 'The floor.';
comment on column ddp.retention.kept is 'What it is, for people.';

insert into ddp.retention (subject, keep, least, kept) values
    ('file_actions', '24 months', '30 days', 'what users did with files, by whole months; the counts stay'),
    ('audit_logs', '36 months', '90 days', 'the audit trail, by whole months, and ended erasures'),
    ('sessions', '12 months', '7 days', 'sessions; their number and length stay'),
    ('engagement', '24 months', '90 days', 'measurements of social posts, by whole months; the newest of each post stays'),
    ('conversions', '24 months', '90 days', 'conversions; the sums stay'),
    ('daily_analytics', '60 months', '400 days', 'statistics by day, by whole months'),
    ('provider_events', '13 months', '30 days', 'what providers reported about messages, by whole months'),
    ('recipients', '24 months', '90 days', 'names and addresses of the recipients of sends that ended; statuses and times stay'),
    ('sending_records', '90 days', '30 days',
        'calls, chunks, batches and rejected records of sends that ended, outcomes by hour, soft bounces, test sends, exports, ended shares'),
    ('trash', '30 days', '7 days', 'deleted files and their objects'),
    ('idempotency_keys', '7 days', '1 day', 'answers to requests that may be repeated'),
    ('uploads', '90 days', '30 days', 'uploads that were settled or expired'),
    ('invitations', '90 days', '1 day', 'invitations that ended'),
    ('product_imports', '90 days', '7 days', 'imports of products that ended'),
    ('cleanup_runs', '90 days', '7 days', 'reports of cleanups');

create table ddp.kept_since (
    entity_type varchar(50) primary key,
    first_day date not null
);
alter table ddp.kept_since enable row level security;
comment on table ddp.kept_since is
    'Facts or days before first_day were removed: what daily_analytics says of these days is final, and neither a late '
    'fact nor recomputing changes it.';
comment on column ddp.kept_since.entity_type is 'Of daily_analytics: `file` for what users do with files, `user` for sessions.';

create table ddp.detached_months (
    table_name name primary key,
    parent_name name not null,
    block_count bigint not null,
    next_block bigint not null default 0,
    row_count bigint not null default 0,
    detached_at timestamptz not null default now()
);
alter table ddp.detached_months enable row level security;
comment on table ddp.detached_months is
    'Months that were detached from their table and are being removed: tables in `ddp` under the name that they had as '
    'partitions. Nobody writes them. Blocks before next_block are in the archive, the others count as facts.';
comment on column ddp.detached_months.row_count is 'Rows archived so far.';

create table ddp.default_partitions (
    parent_name name primary key,
    rows_since timestamptz not null
);
alter table ddp.default_partitions enable row level security;
comment on table ddp.default_partitions is 'Default partitions in which the last cleanup found rows, and since when it does.';

create table ddp.object_removals (
    object_key text primary key,
    added_at timestamptz not null default now()
);
alter table ddp.object_removals enable row level security;
comment on table ddp.object_removals is 'Objects of the bucket that nothing refers to any more: a worker deletes them, then the row.';

create table ddp.cleanup_runs (
    cleanup_run_id uuid primary key default gen_random_uuid(),
    is_dry_run boolean not null default false,
    requested_by uuid,
    requested_at timestamptz not null default now(),
    began_at timestamptz,
    ended_at timestamptz,
    steps jsonb not null default '{}' check (jsonb_typeof(steps) = 'object'),
    is_left boolean,
    error text
);
alter table ddp.cleanup_runs enable row level security;
comment on table ddp.cleanup_runs is 'A report for each cleanup. One without ended_at was killed, or is under way.';
comment on column ddp.cleanup_runs.steps is 'Rows by step: removed, or (dry run) what would be.';
comment on column ddp.cleanup_runs.is_left is 'Whether it stopped before everything old was gone.';
create index cleanup_runs_requested_idx on ddp.cleanup_runs (requested_at desc);

create table ddp.erasures (
    erasure_id uuid primary key default gen_random_uuid(),
    kind varchar(20) not null check (kind in ('user', 'recipient')),
    user_id uuid,
    address text,
    address_hash bytea not null check (octet_length(address_hash) = 32),
    is_dry_run boolean not null,
    requested_by uuid not null,
    requested_at timestamptz not null default now(),
    began_at timestamptz,
    ended_at timestamptz,
    counts jsonb not null default '{}' check (jsonb_typeof(counts) = 'object'),
    found_in_pass bigint not null default 0,
    stage smallint not null default 0,
    place text,
    check ((kind = 'user') = (user_id is not null)),
    check (ended_at is null or address is null)
);
alter table ddp.erasures enable row level security;
comment on table ddp.erasures is 'Requests to erase a person. The address stands here only until the erasure has ended.';
comment on column ddp.erasures.address_hash is 'The keyed hash of the address, as suppressions know it.';
comment on column ddp.erasures.counts is 'Rows by table: erased, or (dry run) what would be.';
comment on column ddp.erasures.found_in_pass is 'Rows that this pass over all tables has found. The erasure ends after a pass that found none.';
comment on column ddp.erasures.stage is 'The stage of the pass that comes next.';
comment on column ddp.erasures.place is 'Where in the stage it goes on: the partition after this one.';
create unique index erasures_open_key on ddp.erasures (kind, address_hash, is_dry_run) where ended_at is null;
create index erasures_requested_idx on ddp.erasures (requested_at desc);

-- What a row counts for although its facts were removed: statistics are what these say plus the facts. Integers, because
-- one user does not act a billion times on one file.
alter table ddp.file_user_stats
    add column archived_view_count integer not null default 0,
    add column archived_download_count integer not null default 0,
    add column archived_share_count integer not null default 0;
alter table ddp.user_stats
    add column archived_view_count bigint not null default 0,
    add column archived_download_count bigint not null default 0,
    add column archived_share_count bigint not null default 0,
    add column archived_upload_count bigint not null default 0,
    add column archived_session_count bigint not null default 0,
    add column archived_ended_session_count bigint not null default 0,
    add column archived_session_seconds bigint not null default 0;
alter table ddp.session_stats
    add column archived_view_count bigint not null default 0,
    add column archived_download_count bigint not null default 0,
    add column archived_action_count bigint not null default 0;
create table ddp.archived_files (
    file_id uuid primary key references public.files on delete cascade,
    view_count integer not null default 0,
    download_count integer not null default 0,
    share_count integer not null default 0,
    edit_count integer not null default 0
);
alter table ddp.archived_files enable row level security;
comment on table ddp.archived_files is
    'What was done with each file in months whose actions were removed: no user, no time. Facts plus archive are all there '
    'ever was.';

-- The archive until now had a row for each file, user, action and day. Its sums move here; its days are in
-- daily_analytics.
insert into ddp.archived_files (file_id, view_count, download_count, share_count, edit_count)
select
    m.entity_id,
    coalesce(sum(m.change) filter (where m.metric_name = 'views'), 0),
    coalesce(sum(m.change) filter (where m.metric_name = 'downloads'), 0),
    coalesce(sum(m.change) filter (where m.metric_name = 'shares'), 0),
    coalesce(sum(m.change) filter (where m.metric_name = 'edits'), 0)
from ddp.archived_metrics m
join public.files f on f.file_id = m.entity_id
where m.entity_type = 'file'
group by m.entity_id;
update ddp.file_user_stats s
set archived_view_count = m.views, archived_download_count = m.downloads, archived_share_count = m.shares
from (
    select
        o.entity_id, o.user_id,
        coalesce(sum(o.change) filter (where o.metric_name = 'views'), 0) as views,
        coalesce(sum(o.change) filter (where o.metric_name = 'downloads'), 0) as downloads,
        coalesce(sum(o.change) filter (where o.metric_name = 'shares'), 0) as shares
    from ddp.archived_metrics o
    where o.entity_type = 'file'
    group by o.entity_id, o.user_id
) m
where s.file_id = m.entity_id and s.user_id = m.user_id;
update ddp.session_stats s
set archived_view_count = m.views, archived_download_count = m.downloads, archived_action_count = m.actions
from (
    select
        o.entity_id,
        coalesce(sum(o.change) filter (where o.metric_name = 'views'), 0) as views,
        coalesce(sum(o.change) filter (where o.metric_name = 'downloads'), 0) as downloads,
        sum(o.change) as actions
    from ddp.archived_metrics o
    where o.entity_type = 'session'
    group by o.entity_id
) m
where s.session_id = m.entity_id;
update ddp.user_stats s
set archived_view_count = m.views, archived_download_count = m.downloads, archived_share_count = m.shares,
    archived_upload_count = m.uploads, archived_session_count = m.sessions,
    archived_ended_session_count = m.ended_sessions, archived_session_seconds = m.seconds
from (
    select
        case o.entity_type when 'file' then o.user_id else o.entity_id end as user_id,
        coalesce(sum(o.change) filter (where o.metric_name = 'views'), 0) as views,
        coalesce(sum(o.change) filter (where o.metric_name = 'downloads'), 0) as downloads,
        coalesce(sum(o.change) filter (where o.metric_name = 'shares'), 0) as shares,
        coalesce(sum(o.change) filter (where o.metric_name = 'uploads'), 0) as uploads,
        coalesce(sum(o.change) filter (where o.metric_name = 'sessions'), 0) as sessions,
        coalesce(sum(o.change) filter (where o.metric_name = 'ended_sessions'), 0) as ended_sessions,
        coalesce(sum(o.change) filter (where o.metric_name = 'session_seconds'), 0) as seconds
    from ddp.archived_metrics o
    where o.entity_type in ('file', 'user')
    group by 1
) m
where s.user_id = m.user_id;
insert into ddp.kept_since (entity_type, first_day)
select m.entity_type, max(m.day) + 1
from ddp.archived_metrics m
where m.entity_type in ('file', 'user') and m.day is not null
group by m.entity_type;
delete from ddp.archived_metrics;
comment on table ddp.archived_metrics is 'No longer used; dropped by a later release.';

-- Purged files, and sends whose records or recipients are gone.
alter table public.files add column purged_at timestamptz;
comment on column public.files.purged_at is 'Since when its objects are gone for good; the row stays, because facts refer to it.';
alter table public.send_plans
    add column records_removed_at timestamptz,
    add column recipients_erased_at timestamptz;
comment on column public.send_plans.records_removed_at is
    'Since when its chunks, calls and rejected records are gone: nothing of it can be sent again.';
comment on column public.send_plans.recipients_erased_at is 'Since when its recipients have neither name nor address.';
alter table public.email_sends add column erased_at timestamptz;
comment on column public.email_sends.erased_at is 'Since when the row has neither name nor address; it is never sent again.';
alter table public.sms_sends add column erased_at timestamptz;
comment on column public.sms_sends.erased_at is 'Since when the row has neither name nor number; it is never sent again.';
-- An erased number has the digits of its message's id, so that it stays unique within a campaign.
alter table public.sms_sends add constraint sms_sends_recipient_phone_form check (
    recipient_phone ~ '^\+[1-9][0-9]+$' and length(recipient_phone) between 7 and 16
    or erased_at is not null and length(recipient_phone) <= 20
) not valid;
-- squawk-ignore ban-drop-constraint
alter table public.sms_sends drop constraint sms_sends_recipient_phone_check;

-- Readers queue behind whoever waits for a lock on a table: the wait is short, and the worker tries again.
alter function ddp.ensure_partitions(regclass, date, date) set lock_timeout = '200ms';
