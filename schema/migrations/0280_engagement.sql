-- Engagement with published posts: one vocabulary, statistics by kind, when each post is read next, what platforms tell, and what
-- reading costs.

-- Older words stay as they are: nobody writes them any more, and statistics show them as other_count.
alter table public.social_engagement add constraint social_engagement_type_known check (
    engagement_type in (
        'like', 'reaction', 'comment', 'share', 'save', 'click', 'view', 'reach', 'follow', 'watch_seconds'
    )
) not valid;
comment on column public.social_engagement.engagement_type is
    'like; reaction: other than a like; comment; share: reposts and quotes too; save; click; view; reach: people; follow; watch_seconds.';
comment on column public.social_engagement.engagement_count is
    'As it stood at recorded_at; of more than 2,147,483,647 the exact number is metadata.exact.';

-- A measurement of the same post, kind and time is the same measurement.
delete from public.social_engagement e
using public.social_engagement other
where other.post_id = e.post_id and other.engagement_type = e.engagement_type and other.recorded_at = e.recorded_at
    and (other.engagement_count, other.engagement_id) > (e.engagement_count, e.engagement_id);
-- Each partition gets its own; until this version only few rows were written.
-- squawk-ignore require-concurrent-index-creation
create unique index social_engagement_key on public.social_engagement (post_id, engagement_type, recorded_at);

alter table ddp.social_post_stats
    add column save_count bigint not null default 0,
    add column click_count bigint not null default 0,
    add column view_count bigint not null default 0,
    add column reach_count bigint not null default 0,
    add column follow_count bigint not null default 0,
    add column watch_seconds bigint not null default 0;

create table ddp.social_post_days (
    post_id uuid not null,
    engagement_type varchar(50) not null,
    day date not null,
    account_id uuid not null references public.social_accounts on delete cascade,
    closing bigint not null,
    gained bigint not null,
    primary key (post_id, engagement_type, day)
);
alter table ddp.social_post_days enable row level security;
create index social_post_days_account_idx on ddp.social_post_days (account_id);
comment on table ddp.social_post_days is
    'The last measurement of each post, kind and UTC day, and its difference to the one before. Also of posts that are gone, until the '
    'next refresh takes them out of the sums of their account.';

create table ddp.social_account_days (
    account_id uuid not null references public.social_accounts on delete cascade,
    day date not null,
    engagement_type varchar(50) not null,
    owner_user_id uuid not null,
    gained bigint not null,
    primary key (account_id, day, engagement_type)
);
alter table ddp.social_account_days enable row level security;
comment on table ddp.social_account_days is 'What all posts of an account gained on a UTC day.';

alter table public.social_posts add column deleted_on_platform_at timestamptz;
comment on column public.social_posts.deleted_on_platform_at is
    'When it was noticed that the published post is no longer on the platform; its last numbers are kept.';

create table ddp.social_polls (
    post_id uuid not null references public.social_posts on delete cascade,
    kind varchar(10) not null check (kind in ('counters', 'insights')),
    account_id uuid not null references public.social_accounts on delete cascade,
    due_at timestamptz,
    is_held boolean not null default false,
    round smallint not null default 0 check (round >= 0),
    claimed_by uuid,
    claimed_until timestamptz,
    measured_at timestamptz,
    reason varchar(30),
    gone_since timestamptz,
    nudged_at timestamptz,
    is_nudged boolean not null default false,
    paid_on date,
    primary key (post_id, kind),
    check ((claimed_by is null) = (claimed_until is null))
);
alter table ddp.social_polls enable row level security;
create index social_polls_due_idx on ddp.social_polls (due_at) where due_at is not null and not is_held;
create index social_polls_account_idx on ddp.social_polls (account_id, kind, due_at);
comment on table ddp.social_polls is 'When the numbers of each published post are read next: counters often, insights rarely.';
comment on column ddp.social_polls.due_at is 'null: no more; reason says why.';
comment on column ddp.social_polls.is_held is 'While its account is not active.';
comment on column ddp.social_polls.round is 'How many of the readings that its platform''s rules plan have been made or passed over.';
comment on column ddp.social_polls.reason is
    'Why it was not measured last time, or no more: budget, quota, account, not_granted, refused, gone, over.';
comment on column ddp.social_polls.gone_since is 'When the platform first said that it does not exist.';
comment on column ddp.social_polls.nudged_at is 'When an event last moved due_at forward.';
comment on column ddp.social_polls.is_nudged is 'Whether that was after the reading under way was claimed.';
comment on column ddp.social_polls.paid_on is 'The UTC day for which reading it is paid.';

create table ddp.social_events (
    digest bytea primary key check (octet_length(digest) = 32),
    platform public.social_platform not null,
    kind varchar(30) not null,
    status varchar(10) not null check (status in ('applied', 'unmatched', 'ignored')),
    external_account_id varchar(255),
    external_post_id varchar(255),
    external_user_hash bytea,
    post_id uuid references public.social_posts on delete set null,
    occurred_at timestamptz,
    received_at timestamptz not null default now(),
    raw jsonb
);
alter table ddp.social_events enable row level security;
create index social_events_unmatched_idx on ddp.social_events (platform, external_post_id) where status = 'unmatched';
create index social_events_received_idx on ddp.social_events (received_at);
create index social_events_raw_idx on ddp.social_events (received_at) where raw is not null;
create index social_events_post_idx on ddp.social_events (post_id) where post_id is not null;
create index social_events_user_idx on ddp.social_events (external_user_hash) where external_user_hash is not null;
comment on table ddp.social_events is
    'What platforms told, each once: an event only makes a post''s next reading come earlier, and counts nothing.';
comment on column ddp.social_events.digest is 'SHA-256 of the entry: the same one again is dropped.';
comment on column ddp.social_events.status is 'applied; unmatched: no post has its id, yet; ignored: nothing follows from it.';
comment on column ddp.social_events.external_user_hash is 'SHA-256 of the platform''s id of the person who acted, for requests to forget.';
comment on column ddp.social_events.raw is 'As it came, for 30 days.';

create table ddp.social_subscriptions (
    account_id uuid primary key references public.social_accounts on delete cascade,
    status varchar(10) not null check (status in ('wanted', 'active', 'lost')),
    checked_at timestamptz,
    reason varchar(500)
);
alter table ddp.social_subscriptions enable row level security;
create index social_subscriptions_checked_idx on ddp.social_subscriptions (checked_at);
comment on table ddp.social_subscriptions is 'Whether the platform sends an account''s events to us; asked daily.';

create table ddp.social_retired_metrics (
    platform public.social_platform not null,
    metric varchar(100) not null,
    reason varchar(500) not null,
    retired_at timestamptz not null default now(),
    primary key (platform, metric)
);
alter table ddp.social_retired_metrics enable row level security;
comment on table ddp.social_retired_metrics is 'Metrics that a platform no longer knows: they are left out until a release names others.';

create table ddp.social_deletions (
    code varchar(64) primary key check (length(code) >= 16),
    platform public.social_platform not null,
    external_user_hash bytea not null check (octet_length(external_user_hash) = 32),
    requested_at timestamptz not null default now(),
    done_at timestamptz
);
alter table ddp.social_deletions enable row level security;
create index social_deletions_waiting_idx on ddp.social_deletions (requested_at) where done_at is null;
comment on table ddp.social_deletions is 'Requests, through a platform, to forget a person; its page asks by the code.';

create table ddp.social_read_budgets (
    user_id uuid primary key references public.users,
    monthly_budget numeric(14, 5) not null check (monthly_budget >= 0),
    updated_at timestamptz not null default now()
);
alter table ddp.social_read_budgets enable row level security;
comment on table ddp.social_read_budgets is
    'US dollars that reading the numbers of an account''s posts may cost in a month (UTC), set by administrators. No row: nothing '
    'that costs is read.';

alter table ddp.budgets
    add constraint budgets_scope_is_known check (
        scope in ('send_plan', 'campaign', 'sms_month', 'social_month', 'social_campaign', 'social_reads')
    ) not valid;
alter table ddp.budgets
    -- squawk-ignore ban-drop-constraint
    drop constraint budgets_scope_known;
comment on column ddp.budgets.owner_id is
    'send_plan: the plan; campaign and social_campaign: the campaign; sms_month, social_month and social_reads: the account.';
comment on column ddp.budgets.period is 'sms_month, social_month and social_reads: the month in UTC, such as 2026-11; else empty.';

-- What was published lately, on accounts that can be read.
insert into ddp.social_polls (post_id, kind, account_id, due_at, is_held)
select p.post_id, k.kind, p.account_id, now(), a.status <> 'active'
from public.social_posts p
join public.social_accounts a on a.account_id = p.account_id
cross join (values ('counters'), ('insights')) k (kind)
where p.status = 'published' and p.external_post_id is not null and p.published_at > now() - interval '90 days';

-- Statistics by kind are derived from the facts again, by the next refreshes.
insert into ddp.recompute_slices (position, step, source_name)
select 0, 'clear', 'ddp.social_post_stats'
where exists (select from ddp.social_post_stats)
on conflict do nothing;
