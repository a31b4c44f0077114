-- Products of e-commerce, watch models and wish lists.

create table public.products (
    product_id uuid primary key default gen_random_uuid(),
    external_product_id varchar(255),
    product_title varchar(500) not null check (btrim(product_title) <> ''),
    product_description text,
    product_type varchar(255),
    vendor varchar(255),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    published_at timestamptz,
    status varchar(50) not null default 'draft' check (status <> ''),
    tags text[] not null default '{}',
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_by_user_id uuid not null references public.users,
    unique (created_by_user_id, external_product_id)
);
alter table public.products enable row level security;

create table public.product_variants (
    variant_id uuid primary key default gen_random_uuid(),
    product_id uuid not null references public.products on delete cascade,
    external_variant_id varchar(255),
    variant_title varchar(500) not null,
    sku varchar(255),
    price numeric(12, 2) check (price >= 0),
    compare_at_price numeric(12, 2) check (compare_at_price >= 0),
    inventory_quantity integer not null default 0,  -- below zero: sold more than there was
    weight numeric(10, 3) check (weight >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    unique (product_id, external_variant_id)
);
alter table public.product_variants enable row level security;

create table public.watch_models (
    model_id uuid primary key default gen_random_uuid(),
    model_name varchar(255) not null check (btrim(model_name) <> ''),
    collection_name varchar(255),
    size varchar(20),
    gender varchar(20),
    material varchar(255),
    mpn varchar(100),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    is_active boolean not null default true,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_by_user_id uuid not null references public.users,
    unique (created_by_user_id, mpn)
);
alter table public.watch_models enable row level security;

create table public.wish_list_items (
    wish_id uuid primary key default gen_random_uuid(),
    model_id uuid not null references public.watch_models,
    retailer_id uuid not null references public.users,
    wish_count integer not null default 1 check (wish_count > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (retailer_id, model_id)
);
alter table public.wish_list_items enable row level security;
create index wish_list_items_model_idx on public.wish_list_items (model_id);

create table public.regional_wish_lists (
    regional_wish_id uuid primary key default gen_random_uuid(),
    model_id uuid not null references public.watch_models,
    region varchar(50) not null check (region <> ''),
    wish_count integer not null default 0 check (wish_count >= 0),
    rank_in_region integer check (rank_in_region > 0),
    updated_at timestamptz not null default now(),
    brand_id uuid not null references public.users,
    unique (model_id, region)
);
alter table public.regional_wish_lists enable row level security;
create index regional_wish_lists_brand_idx on public.regional_wish_lists (brand_id, region, rank_in_region);
