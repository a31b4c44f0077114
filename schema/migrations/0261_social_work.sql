-- The private side of publishing: steps that are due, calls that cannot be taken back, progress of uploads, tokens,
-- connections being made, and what posts may cost.

create table ddp.social_work (
    post_id uuid primary key references public.social_posts on delete cascade,
    step varchar(20) not null check (step in ('validate', 'prepare', 'check', 'finalise', 'confirm', 'comment', 'settle')),
    due_at timestamptz not null,
    queued_until timestamptz,
    leased_until timestamptz,
    worker uuid,
    attempts smallint not null default 0,
    lost smallint not null default 0,
    check ((worker is null) = (leased_until is null))
);
alter table ddp.social_work enable row level security;
create index social_work_due_idx on ddp.social_work (due_at);
create index social_work_leased_idx on ddp.social_work (leased_until) where leased_until is not null;
create index social_work_worker_idx on ddp.social_work (worker) where worker is not null;
comment on table ddp.social_work is 'The next step of each post that has one: a row while a worker has to do something.';
comment on column ddp.social_work.queued_until is 'Until then a queue message about the step is believed to be on its way.';
comment on column ddp.social_work.leased_until is 'Until then the step is the worker''s.';
comment on column ddp.social_work.attempts is 'How often the step was put off: tries that ended transiently, or reads that found nothing.';
comment on column ddp.social_work.lost is 'Workers that died at the step.';

create table ddp.social_calls (
    call_id uuid primary key default gen_random_uuid(),
    post_id uuid not null references public.social_posts on delete cascade,
    part_no smallint not null,
    attempt smallint not null,
    worker uuid not null,
    leased_until timestamptz not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    outcome varchar(20) check (outcome in ('published', 'failed', 'not_accepted', 'accepted', 'unknown')),
    external_id varchar(255),
    code varchar(50),
    reason varchar(500),
    price numeric(14, 5) not null default 0 check (price >= 0),
    budget_month varchar(7) not null,
    quotas jsonb not null default '[]' check (jsonb_typeof(quotas) = 'array'),
    reservation varchar(10) not null default 'held' check (reservation in ('held', 'charged', 'released')),
    unique (post_id, part_no, attempt),
    check ((ended_at is null) = (outcome is null))
);
alter table ddp.social_calls enable row level security;
create unique index social_calls_open_key on ddp.social_calls (post_id) where ended_at is null;
create index social_calls_leased_idx on ddp.social_calls (leased_until) where ended_at is null;
create index social_calls_worker_idx on ddp.social_calls (worker) where ended_at is null;
create index social_calls_ended_idx on ddp.social_calls (ended_at);
comment on table ddp.social_calls is
    'Calls that publish something and cannot be taken back. Each is committed with started_at before it is made, and made once.';
comment on column ddp.social_calls.attempt is 'Of this part, from 1.';
comment on column ddp.social_calls.outcome is
    'published; failed: refused for good; not_accepted: certainly not accepted, may be tried again; unknown: an end without any proof.';
comment on column ddp.social_calls.price is 'US dollars.';
comment on column ddp.social_calls.budget_month is 'The month (UTC) whose budget pays it.';
comment on column ddp.social_calls.quotas is 'Units of the platform''s quotas that it takes: quota, owner_id and units of each.';
comment on column ddp.social_calls.reservation is 'What became of price and quotas: held, charged once it is published, released on proof that it is not.';

create table ddp.social_checkpoints (
    post_id uuid not null references public.social_posts on delete cascade,
    part_no smallint not null,
    state_encrypted text not null check (length(state_encrypted) <= 200000),
    expires_at timestamptz,
    updated_at timestamptz not null default now(),
    primary key (post_id, part_no)
);
alter table ddp.social_checkpoints enable row level security;
create index social_checkpoints_updated_idx on ddp.social_checkpoints (updated_at);
comment on table ddp.social_checkpoints is 'How far the preparation of a post is, as ciphertext: upload addresses are bearer secrets.';
comment on column ddp.social_checkpoints.expires_at is 'After that the platform no longer knows what was prepared; null: not known.';

create table ddp.social_tokens (
    account_id uuid primary key references public.social_accounts on delete cascade,
    refresh_token_encrypted text check (length(refresh_token_encrypted) <= 20000),
    access_expires_at timestamptz,
    refresh_expires_at timestamptz,
    obtained_at timestamptz not null default now(),
    refresh_due_at timestamptz,
    refresh_claimed_by uuid,
    refresh_claimed_until timestamptz,
    refresh_started_at timestamptz,
    refresh_starts smallint not null default 0
);
alter table ddp.social_tokens enable row level security;
create index social_tokens_due_idx on ddp.social_tokens (refresh_due_at) where refresh_due_at is not null;
comment on table ddp.social_tokens is
    'What renews the access token of an account, which is social_accounts.access_token_encrypted. Ciphertext.';
comment on column ddp.social_tokens.refresh_due_at is 'When the access token should be renewed: before it ends, by its stated lifetime.';
comment on column ddp.social_tokens.refresh_started_at is 'Committed before the one call that renews; null: none has started since the pair was stored.';
comment on column ddp.social_tokens.refresh_starts is 'Calls that started since the pair was stored: a second one follows a crash, and none follows that.';

create table ddp.social_connections (
    connection_id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.users,
    platform public.social_platform not null,
    account_id uuid references public.social_accounts on delete cascade,
    state_hash bytea not null unique check (octet_length(state_hash) = 32),
    verifier_encrypted text check (length(verifier_encrypted) <= 20000),
    return_url varchar(2000) not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    tokens_encrypted text check (length(tokens_encrypted) <= 60000),
    granted_scopes text[] not null default '{}' check (cardinality(granted_scopes) <= 100),
    choices jsonb not null default '[]' check (jsonb_typeof(choices) = 'array' and length(choices::text) <= 262144),
    error_code varchar(50),
    error_reason varchar(500)
);
alter table ddp.social_connections enable row level security;
create index social_connections_user_idx on ddp.social_connections (user_id);
create index social_connections_account_idx on ddp.social_connections (account_id) where account_id is not null;
create index social_connections_expires_idx on ddp.social_connections (expires_at);
comment on table ddp.social_connections is
    'Connections being made: from the address of the consent page to the choice of accounts. The state that the platform hands '
    'back is kept as a hash, and works once.';
comment on column ddp.social_connections.account_id is 'Which account is being connected again; null: new ones.';
comment on column ddp.social_connections.expires_at is 'Until when the state, and after it the choice, is taken.';
comment on column ddp.social_connections.choices is 'The accounts that the person may connect, and what each lacks.';

create table ddp.social_budgets (
    user_id uuid primary key references public.users,
    monthly_budget numeric(14, 5) not null check (monthly_budget >= 0),
    updated_at timestamptz not null default now()
);
alter table ddp.social_budgets enable row level security;
comment on table ddp.social_budgets is
    'US dollars that an account''s posts may cost in a month (UTC), set by administrators. No row: it may publish nothing that costs.';

create table ddp.social_quotas (
    quota varchar(100) not null check (quota <> ''),
    owner_id uuid not null,
    cap integer not null check (cap >= 0),
    reserved integer not null default 0,
    charged integer not null default 0,
    ends_at timestamptz not null,
    primary key (quota, owner_id)
);
alter table ddp.social_quotas enable row level security;
create index social_quotas_ends_idx on ddp.social_quotas (ends_at);
comment on table ddp.social_quotas is
    'Units of what platforms allow in a time, such as youtube/2026-11-30: reserved and charged together are never more than the cap.';
comment on column ddp.social_quotas.owner_id is 'The social account, the tenant, or 00000000-… for the app as a whole.';
comment on column ddp.social_quotas.ends_at is 'When the platform gives new ones.';

-- Money of posts by month, and what a campaign's posts have cost in all, of which whole cents are booked.
alter table ddp.budgets
    add constraint budgets_scope_known check (
        scope in ('send_plan', 'campaign', 'sms_month', 'social_month', 'social_campaign')
    ) not valid;
alter table ddp.budgets
    -- squawk-ignore ban-drop-constraint
    drop constraint budgets_scope_check;
comment on column ddp.budgets.owner_id is
    'send_plan: the plan; campaign and social_campaign: the campaign; sms_month and social_month: the sender.';
comment on column ddp.budgets.period is 'sms_month and social_month: the month in UTC, such as 2026-11; else empty.';
