-- An engine that runs each minute: runs that say how fresh the statistics are, slices of a recomputation, quarter hours,
-- and top lists that are read from indexes instead of being rebuilt. Filled by functions/analytics.

alter table ddp.metric_changes add column quarter timestamptz;
comment on column ddp.metric_changes.quarter is
    'Beginning of the quarter hour; null where the metric has no time, or is older than quarter hours are kept.';
alter table ddp.taken_changes add column quarter timestamptz, add column owner_user_id uuid;
comment on column ddp.taken_changes.owner_user_id is
    'Whose the entity is. Of one that is gone: whose it was, as its daily figures say.';

create table ddp.refresh_runs (
    run_id bigint generated always as identity primary key,
    began timestamptz not null default clock_timestamp(),
    ended timestamptz,
    taken bigint not null default 0,
    left_over bigint,
    is_drained boolean not null default false,
    error text
);
comment on table ddp.refresh_runs is 'Runs of the refresh of the last week; ended is null while one runs, or if it was killed.';
comment on column ddp.refresh_runs.taken is 'Changes that were added, summed by entity, user, metric and quarter hour.';
comment on column ddp.refresh_runs.left_over is 'Rows of the queue when the run ended.';
comment on column ddp.refresh_runs.is_drained is 'Whether it took all that it found: then statistics are as of its beginning.';
create index refresh_runs_drained_idx on ddp.refresh_runs (began desc) where is_drained;

create table ddp.recompute_slices (
    position integer primary key,
    step text not null check (step in ('clear', 'count')),
    source_name text not null,
    lower_bound text,
    upper_bound text
);
comment on table ddp.recompute_slices is
    'What a recomputation under way has yet to do; empty otherwise. Each slice is one transaction.';
comment on column ddp.recompute_slices.source_name is 'The table to clear, or the facts to count.';
comment on column ddp.recompute_slices.lower_bound is 'First value of the facts'' key (null: any); see ddp.recomputed_facts().';

create table ddp.quarter_hours (
    owner_user_id uuid,
    metric_name varchar(100) not null,
    quarter timestamptz not null,
    metric_value bigint not null,
    unique nulls not distinct (owner_user_id, metric_name, quarter)
);
comment on table ddp.quarter_hours is
    'The totals of each owner, and of the platform (owner null), by quarter hour, for 100 days: from these, days of any '
    'time zone add up. Metrics are those of daily_analytics with entity_type `user` or `platform`, without active_users.';
create index quarter_hours_quarter_idx on ddp.quarter_hours (quarter);

create table ddp.daily_visitors (
    owner_user_id uuid not null,
    day date not null,
    user_id uuid not null references public.users on delete cascade,
    primary key (owner_user_id, day, user_id)
);
comment on table ddp.daily_visitors is
    'Who did something with an owner''s files on a UTC day: what active_users of the owner counts.';
create index daily_visitors_user_idx on ddp.daily_visitors (user_id);

create table ddp.unlisted_activity (
    file_id uuid not null references public.files on delete cascade,
    retailer_id uuid not null references public.users on delete cascade,
    activity_type varchar(20) not null,
    day date not null,
    primary key (file_id, retailer_id, activity_type, day)
);
comment on table ddp.unlisted_activity is
    'What retailers did with files that are no brand assets. Moves to retailer_asset_activity when the file becomes one.';
create index unlisted_activity_retailer_idx on ddp.unlisted_activity (retailer_id);

create table ddp.asset_stats (
    asset_id uuid primary key references public.brand_assets on delete cascade,
    owner_user_id uuid not null,
    is_live boolean not null,
    download_count bigint not null
);
comment on table ddp.asset_stats is 'Downloads of brand assets, where there are any: the lists of the most downloaded.';
create index asset_stats_owner_idx on ddp.asset_stats (owner_user_id, download_count desc, asset_id);
create index asset_stats_live_idx on ddp.asset_stats (download_count desc, asset_id) where is_live;
create index asset_stats_downloads_idx on ddp.asset_stats (download_count desc, asset_id);

create table ddp.retailer_totals (
    retailer_id uuid primary key references public.users on delete cascade,
    download_count bigint not null,
    asset_count bigint not null,
    last_activity_at timestamptz
);
comment on table ddp.retailer_totals is 'What each retailer downloaded of all brands'' assets: ddp.retailer_stats over all brands.';
create index retailer_totals_downloads_idx on ddp.retailer_totals (download_count desc, asset_count desc, retailer_id);
-- squawk-ignore require-concurrent-index-creation
create index retailer_stats_downloads_idx
    on ddp.retailer_stats (brand_id, download_count desc, asset_count desc, retailer_id) where download_count > 0;

create table ddp.template_reach (
    template_id uuid primary key references public.campaign_templates on delete cascade,
    owner_user_id uuid not null,
    retailers_reached integer not null,
    retailers_total bigint not null,
    coverage numeric(5, 2) not null
);
comment on table ddp.template_reach is 'How many of the retailers in its owner''s campaigns use each template that is used.';
create index template_reach_owner_idx on ddp.template_reach (owner_user_id, coverage desc, template_id);
create index template_reach_coverage_idx on ddp.template_reach (coverage desc, template_id);

create table ddp.template_senders (
    template_id uuid not null references public.campaign_templates on delete cascade,
    user_id uuid not null references public.users on delete cascade,
    recipients bigint not null,
    primary key (template_id, user_id)
);
comment on table ddp.template_senders is 'How many different recipients each sender reached with a template.';
create index template_senders_user_idx on ddp.template_senders (user_id);

alter table ddp.email_campaign_stats
    add column failed bigint not null default 0,
    add column complained bigint not null default 0,
    add column unsubscribed bigint not null default 0,
    add column machine_opened bigint not null default 0,
    add column last_sent_on date;
alter table ddp.sms_campaign_stats add column last_sent_on date;

alter table ddp.refresh_runs enable row level security;
alter table ddp.recompute_slices enable row level security;
alter table ddp.quarter_hours enable row level security;
alter table ddp.daily_visitors enable row level security;
alter table ddp.unlisted_activity enable row level security;
alter table ddp.asset_stats enable row level security;
alter table ddp.retailer_totals enable row level security;
alter table ddp.template_reach enable row level security;
alter table ddp.template_senders enable row level security;

-- Statistics that exist are derived again, by the worker: the new tables need the facts' times.
insert into ddp.recompute_slices (position, step, source_name)
select 0, 'clear', 'ddp.file_stats'
where exists (select from ddp.file_stats) or exists (select from ddp.email_campaign_stats);
