-- Sending e-mail (and SMS, whose stages are the same): what a plan needs beside what was frozen, chunks of it, the
-- provider calls, who must not be written to, who may send how fast, and what providers reported.

create type public.message_channel as enum ('email', 'sms');
create type public.unknown_policy as enum ('hold', 'retry');
create type public.suppression_reason as enum (
    'hard_bounce', 'complaint', 'unsubscribe', 'stop', 'soft_bounces', 'manual'
);

-- The plan: how it is to be sent (frozen with the request), and what became of it.
alter table public.send_plans
    add column text_content text,
    add column attachments jsonb not null default '[]',
    add column max_lateness interval not null default '24 hours',
    add column time_zone varchar(50) not null default 'UTC',
    add column in_recipient_time_zone boolean not null default false,
    add column quiet_from time,
    add column quiet_until time,
    add column unknown_policy public.unknown_policy not null default 'hold',
    add column unknown_retry_after interval not null default '72 hours',
    add column prepared_html text,
    add column prepared_text text,
    add column call_size smallint not null default 50,
    add column started_at timestamptz,
    add column resumed_at timestamptz,
    add column paused_at timestamptz,
    add column cancelled_at timestamptz,
    add column completed_at timestamptz,
    add column failed_at timestamptz,
    add column failure_code varchar(50),
    add column failure_reason text;
alter table public.send_plans
    add constraint send_plans_lateness_check check (max_lateness between '1 minute' and '30 days') not valid,
    add constraint send_plans_quiet_check check (
        (quiet_from is null) = (quiet_until is null) and quiet_from is distinct from quiet_until
        or quiet_from is null and quiet_until is null
    ) not valid,
    add constraint send_plans_retry_check check (unknown_retry_after between '1 hour' and '30 days') not valid,
    add constraint send_plans_call_size_check check (call_size between 1 and 50) not valid,
    add constraint send_plans_attachments_check check (jsonb_typeof(attachments) = 'array') not valid,
    add constraint send_plans_failure_check check (
        (failed_at is null) = (failure_code is null) and (failed_at is null) = (failure_reason is null)
    ) not valid;
comment on column public.send_plans.text_content is 'The text alternative as written; null: made from the HTML.';
comment on column public.send_plans.attachments is 'Own files that go with every message: [{"file_id": …, "file_name": …}].';
comment on column public.send_plans.max_lateness is 'A row not sent this long after its not_before becomes `missed`.';
comment on column public.send_plans.time_zone is 'IANA name: of scheduled_at and quiet hours where a recipient has none.';
comment on column public.send_plans.in_recipient_time_zone is
    'scheduled_at is a time of day and date by the recipient''s own clock.';
comment on column public.send_plans.quiet_from is 'No message between quiet_from and quiet_until by the recipient''s clock.';
comment on column public.send_plans.unknown_policy is
    'What becomes of a message of which it is not known whether it was sent: held for a person, or sent again (which '
    'can duplicate it) after unknown_retry_after of silence.';
comment on column public.send_plans.prepared_html is 'The content with inlined CSS, made once by the planner.';
comment on column public.send_plans.call_size is 'Recipients in a provider call, by the size of the content.';
comment on column public.send_plans.started_at is 'When the first message was claimed.';
comment on column public.send_plans.resumed_at is
    'Since when it is served without a break, as far as the plan itself goes: its planning began, or went on after an '
    'interruption; it or its campaign was resumed. Rows that were too late by then are missed.';
comment on column public.send_plans.completed_at is
    'Derived by reconciliation, never set by a sender: every recipient is settled, or held as unknown.';
comment on column public.send_plans.failure_code is 'Why the plan could not be made: the recipients'' file is unreadable, …';

-- The ledger: who sends, when it may go, which attempt and provider call it is in.
alter table public.email_sends
    add column recipient_hash bytea,
    add column time_zone varchar(50),
    add column template_data jsonb not null default '{}',
    add column chunk_no integer,
    add column not_before timestamptz not null default now(),
    add column attempt smallint not null default 1,
    add column accepted_attempts integer not null default 0,
    add column send_call_id uuid,
    add column provider_message_id varchar(255),
    add column failed_at timestamptz,
    add column failure_code varchar(50),
    add column failure_reason text,
    add column complained_at timestamptz,
    add column machine_opened_at timestamptz,
    add column unsubscribed_at timestamptz,
    add column unknown_at timestamptz;
comment on column public.email_sends.recipient_hash is
    'Keyed hash of the address as suppressions know it; 32 bytes.';
comment on column public.email_sends.chunk_no is 'Which chunk of the plan; null: test data, not sent by us.';
comment on column public.email_sends.not_before is 'Schedule, recipient''s time zone and quiet hours allow it from then on.';
comment on column public.email_sends.attempt is 'Only a retry opens a new one. It is a tag of the message.';
comment on column public.email_sends.accepted_attempts is
    'Bit n - 1 is set when the provider is known to have accepted attempt n. Two bits: sent twice, which raises an alarm.';
comment on column public.email_sends.send_call_id is 'The provider call (ddp.send_calls) of the present attempt.';
comment on column public.email_sends.opened_at is 'First opened by a person, as far as can be told.';
comment on column public.email_sends.machine_opened_at is 'First opened by a mail scanner or proxy.';
comment on column public.email_sends.unknown_at is 'Since when it is not known whether the present attempt was accepted.';

-- A plan's recipients in pieces of some hundred: what a queue message names, and what workers look for.
create table ddp.send_chunks (
    send_plan_id uuid not null references public.send_plans,
    chunk_no integer not null check (chunk_no > 0),
    channel public.message_channel not null,
    sender_user_id uuid not null references public.users,
    due_at timestamptz,
    queued_at timestamptz,
    primary key (send_plan_id, chunk_no)
);
alter table ddp.send_chunks enable row level security;
comment on table ddp.send_chunks is 'Pieces of a plan''s recipients, all of one sender.';
comment on column ddp.send_chunks.due_at is 'Not later than the not_before of any pending row of it; null: none is pending.';
comment on column ddp.send_chunks.queued_at is 'When a message last told the workers that it is due.';
create index send_chunks_due_idx on ddp.send_chunks (send_plan_id, due_at) where due_at is not null;
create index send_chunks_sender_idx on ddp.send_chunks (sender_user_id);

-- What each planning transaction took from the source: where the next one goes on after a crash.
create table ddp.send_plan_batches (
    send_plan_id uuid not null references public.send_plans,
    batch_no integer not null check (batch_no > 0),
    records_read bigint not null,
    after_user_id uuid,
    last_chunk_no integer not null,
    planned integer not null,
    suppressed integer not null,
    duplicates integer not null,
    rejected integer not null,
    created_at timestamptz not null default now(),
    primary key (send_plan_id, batch_no)
);
alter table ddp.send_plan_batches enable row level security;
comment on column ddp.send_plan_batches.records_read is 'Records of the list or file read by this batch and those before.';
comment on column ddp.send_plan_batches.after_user_id is 'With a target audience: the last user taken.';

create table ddp.send_plan_rejections (
    send_plan_id uuid not null references public.send_plans,
    line bigint not null,
    code varchar(50) not null,
    reason text not null,
    value varchar(200),
    primary key (send_plan_id, line)
);
alter table ddp.send_plan_rejections enable row level security;
comment on table ddp.send_plan_rejections is 'Lines of a file (or entries of a list) that are no usable recipient.';

-- One small row a provider call: what was under way when a worker died.
create table ddp.send_calls (
    send_call_id uuid primary key default gen_random_uuid(),
    send_plan_id uuid not null references public.send_plans,
    chunk_no integer not null,
    channel public.message_channel not null,
    recipients smallint not null,
    leased_until timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    accepted smallint not null default 0,
    created_at timestamptz not null default now()
);
alter table ddp.send_calls enable row level security;
comment on column ddp.send_calls.leased_until is
    'Until then the rows of it are the claiming worker''s. Afterwards: never started, pending again; started, unknown.';
comment on column ddp.send_calls.started_at is 'Committed just before the provider is called.';
comment on column ddp.send_calls.ended_at is 'Its results are recorded, or its lease was ended.';
create index send_calls_plan_idx on ddp.send_calls (send_plan_id, ended_at);
create index send_calls_open_idx on ddp.send_calls (leased_until) where ended_at is null;

-- One bucket an account, Region and channel; tokens are recipients.
create table ddp.rate_buckets (
    bucket varchar(100) primary key,
    per_second double precision not null check (per_second > 0),
    tokens double precision not null,
    filled_at timestamptz not null default now(),
    serving_since timestamptz not null default now(),
    daily_left double precision,
    quota_at timestamptz,
    pace double precision not null default 1 check (pace > 0 and pace <= 1),
    throttled_at timestamptz
);
alter table ddp.rate_buckets enable row level security;
comment on column ddp.rate_buckets.per_second is 'The provider''s limit when it was last asked (quota_at).';
comment on column ddp.rate_buckets.serving_since is
    'Since when workers have asked for tokens without a break of ten minutes, or there was nothing to ask for.';
comment on column ddp.rate_buckets.daily_left is 'What the provider''s 24-hour quota leaves, less what was taken since; null: no limit.';
comment on column ddp.rate_buckets.pace is 'Share of per_second that is used: halved by throttling, back to 1 in a few minutes.';

-- Who sends: fairness between senders, limits, and why one is paused.
create table public.senders (
    user_id uuid not null references public.users,
    channel public.message_channel not null,
    max_per_second double precision check (max_per_second > 0),
    tokens double precision not null default 0,
    filled_at timestamptz not null default now(),
    last_served_at timestamptz,
    paused_at timestamptz,
    pause_code varchar(50),
    pause_reason text,
    resumed_at timestamptz,
    ses_tenant_name varchar(64),
    primary key (user_id, channel),
    constraint senders_pause_check check (
        (paused_at is null) = (pause_code is null) and (paused_at is null) = (pause_reason is null)
    )
);
alter table public.senders enable row level security;
comment on table public.senders is 'A user as a sender on a channel: own limit, fairness, and why sending is paused.';
comment on column public.senders.ses_tenant_name is 'A tenant of SES with a reputation of its own; null: the account''s.';
comment on column public.senders.resumed_at is 'Bounces and complaints before then no longer pause.';

create table ddp.sender_hours (
    user_id uuid not null references public.users,
    channel public.message_channel not null,
    hour timestamptz not null,
    accepted integer not null default 0,
    hard_bounced integer not null default 0,
    complained integer not null default 0,
    primary key (user_id, channel, hour)
);
alter table ddp.sender_hours enable row level security;
comment on table ddp.sender_hours is 'What a sender''s messages came to, by the UTC hour in which it was learnt.';

create table public.sender_identities (
    sender_identity_id uuid primary key default gen_random_uuid(),
    identity varchar(255) not null unique
        check (identity = lower(identity) and identity ~ '^([^@[:space:]]+@)?[^@[:space:]]+\.[^@[:space:]]+$'),
    created_by_user_id uuid not null references public.users,
    is_shared boolean not null default false,
    status varchar(20) not null default 'pending' check (status in ('pending', 'verified', 'failed')),
    dkim_tokens text[] not null default '{}',
    checked_at timestamptz,
    created_at timestamptz not null default now()
);
alter table public.sender_identities enable row level security;
comment on table public.sender_identities is
    'Domains and addresses that a user has shown to own (verified by SES): who may send from them.';
comment on column public.sender_identities.is_shared is 'Every user may send from it; set by administrators.';
create index sender_identities_owner_idx on public.sender_identities (created_by_user_id);

create table public.suppressions (
    suppression_id uuid primary key default gen_random_uuid(),
    channel public.message_channel not null,
    address_hash bytea not null check (octet_length(address_hash) = 32),
    owner_user_id uuid references public.users,
    reason public.suppression_reason not null,
    email_send_id uuid,
    created_at timestamptz not null default now(),
    unique nulls not distinct (address_hash, channel, owner_user_id)
);
alter table public.suppressions enable row level security;
comment on table public.suppressions is 'Addresses, as keyed hashes, that are not written to: by one sender, or by nobody.';
comment on column public.suppressions.owner_user_id is 'The sender; null: everywhere (hard bounce, complaint, "everything").';
comment on column public.suppressions.email_send_id is 'The message that led to it; no foreign key: it outlives the message.';
create index suppressions_owner_idx on public.suppressions (owner_user_id, created_at desc);

create table ddp.soft_bounces (
    address_hash bytea not null check (octet_length(address_hash) = 32),
    owner_user_id uuid not null references public.users,
    in_a_row integer not null default 0,
    last_bounced_at timestamptz,
    last_delivered_at timestamptz,
    primary key (address_hash, owner_user_id)
);
alter table ddp.soft_bounces enable row level security;
create index soft_bounces_owner_idx on ddp.soft_bounces (owner_user_id);

-- What the provider reported, as it came. `detail` is json: it is kept and seldom asked, and jsonb takes four times
-- as long to make of a text.
create table public.email_events (
    event_id uuid not null,
    occurred_at timestamptz not null,
    email_send_id uuid not null,
    attempt smallint not null,
    event_type varchar(30) not null,
    is_machine boolean not null default false,
    detail json not null default '{}',
    received_at timestamptz not null default now(),
    -- The message first: one index finds the events of a message too, and thousands of events a second pay for one.
    primary key (email_send_id, event_id, occurred_at)
) partition by range (occurred_at);
alter table public.email_events enable row level security;
comment on table public.email_events is 'Events of the provider about messages, each once, kept for their retention.';
comment on column public.email_events.event_id is 'A hash of what makes the event what it is: the same one twice is one row.';
select ddp.ensure_partitions('public.email_events');

create table public.email_test_sends (
    email_test_send_id uuid primary key default gen_random_uuid(),
    email_campaign_id uuid not null references public.email_campaigns on delete cascade,
    created_by_user_id uuid not null references public.users,
    recipient_email varchar(255) not null check (recipient_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    template_data jsonb not null default '{}' check (jsonb_typeof(template_data) = 'object'),
    status public.email_send_status not null default 'pending'
        check (status in ('pending', 'sending', 'sent', 'failed', 'suppressed', 'unknown')),
    provider_message_id varchar(255),
    failure_reason text,
    created_at timestamptz not null default now(),
    queued_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz
);
alter table public.email_test_sends enable row level security;
comment on table public.email_test_sends is 'Samples sent to the sender''s own people: outside of the ledger.';
create index email_test_sends_campaign_idx on public.email_test_sends (email_campaign_id, created_at desc);
create index email_test_sends_creator_idx on public.email_test_sends (created_by_user_id);
create index email_test_sends_open_idx on public.email_test_sends (created_at) where ended_at is null;

create table public.send_exports (
    send_export_id uuid primary key default gen_random_uuid(),
    send_plan_id uuid not null references public.send_plans,
    created_by_user_id uuid not null references public.users,
    kind varchar(20) not null check (kind in ('recipients', 'rejections')),
    statuses text[] not null default '{}',
    state varchar(20) not null default 'pending' check (state in ('pending', 'ready', 'failed')),
    object_key text,
    row_count bigint,
    failure_reason text,
    created_at timestamptz not null default now(),
    queued_at timestamptz,
    ended_at timestamptz
);
alter table public.send_exports enable row level security;
comment on table public.send_exports is 'CSV files made on request from a ledger, or from the lines that a plan rejected.';
create index send_exports_plan_idx on public.send_exports (send_plan_id, created_at desc);
create index send_exports_creator_idx on public.send_exports (created_by_user_id);
create index send_exports_open_idx on public.send_exports (created_at) where state = 'pending';
