-- Campaigns, who takes part in them, and templates.

create table public.campaigns (
    campaign_id uuid primary key default gen_random_uuid(),
    campaign_name varchar(255) not null check (btrim(campaign_name) <> ''),
    campaign_description text,
    campaign_status public.campaign_status not null default 'draft',
    created_by_user_id uuid not null references public.users,
    start_date timestamptz,
    end_date timestamptz,
    budget_allocated numeric(12, 2) not null default 0 check (budget_allocated >= 0),
    budget_spent numeric(12, 2) not null default 0 check (budget_spent >= 0),
    target_audience jsonb not null default '{}' check (jsonb_typeof(target_audience) = 'object'),
    campaign_settings jsonb not null default '{}' check (jsonb_typeof(campaign_settings) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (end_date > start_date)
);
alter table public.campaigns enable row level security;
create index campaigns_owner_idx on public.campaigns (created_by_user_id, created_at desc);

create table public.campaign_participants (
    campaign_id uuid not null references public.campaigns on delete cascade,
    retailer_id uuid not null references public.users,
    joined_at timestamptz not null default now(),
    primary key (campaign_id, retailer_id)
);
alter table public.campaign_participants enable row level security;
comment on table public.campaign_participants is 'The retailers that take part in a campaign, and so may see it.';
create index campaign_participants_retailer_idx on public.campaign_participants (retailer_id);

create table public.templates (
    template_id uuid primary key default gen_random_uuid(),
    template_name varchar(255) not null check (btrim(template_name) <> ''),
    template_type public.template_type not null,
    template_content jsonb not null default '{}',
    created_by_user_id uuid not null references public.users,
    is_active boolean not null default true,
    version integer not null default 1 check (version > 0),
    parent_template_id uuid references public.templates check (parent_template_id <> template_id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
alter table public.templates enable row level security;
create index templates_owner_idx on public.templates (created_by_user_id, created_at desc);
create index templates_parent_idx on public.templates (parent_template_id);

-- Analytics of templates: filled from usage, not edited.
create table public.campaign_templates (
    template_id uuid primary key default gen_random_uuid(),
    template_name varchar(255) not null,
    template_type public.template_type not null,
    usage_count integer not null default 0 check (usage_count >= 0),
    unique_retailers_count integer not null default 0 check (unique_retailers_count >= 0),
    unique_recipients_count integer not null default 0 check (unique_recipients_count >= 0),
    conversion_rate numeric(5, 2) not null default 0 check (conversion_rate >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    is_active boolean not null default true,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_by_user_id uuid not null references public.users
);
alter table public.campaign_templates enable row level security;
create index campaign_templates_owner_idx on public.campaign_templates (created_by_user_id);

create table public.template_retailer_usage (
    usage_id uuid primary key default gen_random_uuid(),
    template_id uuid not null references public.campaign_templates on delete cascade,
    retailer_id uuid not null references public.users,
    campaign_id uuid references public.campaigns,
    campaigns_joined integer not null default 0 check (campaigns_joined >= 0),
    total_sends integer not null default 0 check (total_sends >= 0),
    last_active_date timestamptz,
    created_at timestamptz not null default now(),
    brand_id uuid not null references public.users,
    unique nulls not distinct (template_id, retailer_id, campaign_id)
);
alter table public.template_retailer_usage enable row level security;
create index template_retailer_usage_retailer_idx on public.template_retailer_usage (retailer_id);
create index template_retailer_usage_campaign_idx on public.template_retailer_usage (campaign_id);
create index template_retailer_usage_brand_idx on public.template_retailer_usage (brand_id);
