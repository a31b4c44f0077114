-- Collections of files, and files published as brand assets.

create table public.collections (
    collection_id uuid primary key default gen_random_uuid(),
    collection_name varchar(255) not null check (btrim(collection_name) <> ''),
    collection_description text check (length(collection_description) <= 5000),
    created_by_user_id uuid not null references public.users,
    is_public boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    metadata jsonb not null default '{}' check (ddp.is_metadata(metadata))
);
alter table public.collections enable row level security;
comment on column public.collections.is_public is
    'Every signed-in user sees the collection, and those of its files that belong to its creator.';
create index collections_owner_idx on public.collections (created_by_user_id, created_at desc);
create index collections_public_idx on public.collections (created_at desc) where is_public;

create table public.collection_files (
    collection_id uuid not null references public.collections on delete cascade,
    file_id uuid not null references public.files,
    added_at timestamptz not null default now(),
    added_by_user_id uuid not null references public.users,
    sort_order integer not null default 0,
    primary key (collection_id, file_id)
);
alter table public.collection_files enable row level security;
create index collection_files_file_idx on public.collection_files (file_id);
create index collection_files_added_by_idx on public.collection_files (added_by_user_id);

create table public.brand_assets (
    asset_id uuid primary key default gen_random_uuid(),
    asset_name varchar(500) not null check (btrim(asset_name) <> ''),
    asset_type varchar(50) not null check (btrim(asset_type) <> ''),
    file_id uuid not null unique references public.files,
    download_count integer not null default 0 check (download_count >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    is_featured boolean not null default false,
    metadata jsonb not null default '{}' check (ddp.is_metadata(metadata)),
    created_by_user_id uuid not null references public.users,
    unpublished_at timestamptz
);
alter table public.brand_assets enable row level security;
comment on column public.brand_assets.unpublished_at is
    'Withdrawn since then. The row stays, because the retailers'' activity points to it.';
create index brand_assets_owner_idx on public.brand_assets (created_by_user_id, created_at desc);
create index brand_assets_live_idx on public.brand_assets (created_at desc, asset_id desc) where unpublished_at is null;
