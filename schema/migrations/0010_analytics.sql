-- Rollups: written by workers only, each row with the user it belongs to.

create table public.daily_asset_downloads (
    download_date date not null,
    asset_type varchar(50) not null,
    download_count integer not null default 0 check (download_count >= 0),
    created_at timestamptz not null default now(),
    brand_id uuid not null references public.users,
    primary key (brand_id, download_date, asset_type)
);
alter table public.daily_asset_downloads enable row level security;

create table public.retailer_asset_activity (
    activity_id uuid primary key default gen_random_uuid(),
    retailer_id uuid not null references public.users,
    asset_id uuid not null references public.brand_assets,
    activity_type varchar(20) not null check (activity_type in ('download', 'view', 'share')),
    activity_date timestamptz not null,
    unique_files_count integer not null default 1 check (unique_files_count >= 0),
    brand_id uuid not null references public.users
);
alter table public.retailer_asset_activity enable row level security;
create index retailer_asset_activity_retailer_idx on public.retailer_asset_activity (retailer_id, activity_date desc);
create index retailer_asset_activity_asset_idx on public.retailer_asset_activity (asset_id);
create index retailer_asset_activity_brand_idx on public.retailer_asset_activity (brand_id, activity_date desc);

create table public.retailer_scores (
    score_id uuid primary key default gen_random_uuid(),
    retailer_id uuid not null references public.users,
    retailer_name varchar(255),
    email_response_time_hours numeric(4, 1) check (email_response_time_hours >= 0),
    social_response_time_hours numeric(4, 1) check (social_response_time_hours >= 0),
    social_post_frequency_per_week numeric(3, 1) check (social_post_frequency_per_week >= 0),
    response_quality_grade varchar(1) check (response_quality_grade in ('A', 'B', 'C')),
    first_followup_time_hours numeric(4, 1) check (first_followup_time_hours >= 0),
    campaign_roi_percentage numeric(5, 1),
    overall_rank integer check (overall_rank > 0),
    calculated_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    brand_id uuid references public.users,
    unique nulls not distinct (retailer_id, brand_id)
);
alter table public.retailer_scores enable row level security;
comment on column public.retailer_scores.brand_id is 'The brand whose campaigns are scored; null: the whole platform.';
create index retailer_scores_brand_idx on public.retailer_scores (brand_id, overall_rank);

create table public.daily_analytics (
    analytics_id uuid not null default gen_random_uuid(),
    date_recorded date not null,
    entity_type varchar(50) not null check (entity_type <> ''),
    entity_id uuid,
    metric_name varchar(100) not null check (metric_name <> ''),
    metric_value numeric(15, 4) not null,
    created_at timestamptz not null default now(),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    owner_user_id uuid references public.users,
    primary key (analytics_id, date_recorded),
    unique nulls not distinct (entity_type, entity_id, metric_name, date_recorded)
) partition by range (date_recorded);
alter table public.daily_analytics enable row level security;
comment on column public.daily_analytics.owner_user_id is 'Whose entity it is; null: a total of the platform.';
create index daily_analytics_owner_idx on public.daily_analytics (owner_user_id, date_recorded desc);
select ddp.ensure_partitions('public.daily_analytics');
