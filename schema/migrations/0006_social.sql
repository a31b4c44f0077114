-- Social accounts, posts and measurements of engagement.

create table public.social_accounts (
    account_id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.users,
    platform public.social_platform not null,
    account_handle varchar(255) not null check (btrim(account_handle) <> ''),
    account_name varchar(255),
    access_token_encrypted text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    unique (user_id, platform, account_handle)
);
alter table public.social_accounts enable row level security;
comment on column public.social_accounts.access_token_encrypted is 'Ciphertext. No role of the API may read it.';

create table public.social_posts (
    post_id uuid primary key default gen_random_uuid(),
    account_id uuid not null references public.social_accounts,
    campaign_id uuid references public.campaigns,
    post_content text,
    post_type varchar(50) not null default 'text' check (post_type <> ''),
    external_post_id varchar(255),
    scheduled_at timestamptz,
    published_at timestamptz,
    created_at timestamptz not null default now(),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    unique (account_id, external_post_id)
);
alter table public.social_posts enable row level security;
create index social_posts_campaign_idx on public.social_posts (campaign_id);

create table public.social_engagement (
    engagement_id uuid not null default gen_random_uuid(),
    post_id uuid not null references public.social_posts,
    engagement_type varchar(50) not null check (engagement_type <> ''),
    engagement_count integer not null check (engagement_count >= 0),
    recorded_at timestamptz not null default now(),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    primary key (engagement_id, recorded_at)
) partition by range (recorded_at);
alter table public.social_engagement enable row level security;
comment on table public.social_engagement is 'Measurements over time: each row is the count as it stood at recorded_at.';
create index social_engagement_post_idx on public.social_engagement (post_id, recorded_at desc);
select ddp.ensure_partitions('public.social_engagement');
