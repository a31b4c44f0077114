-- Sessions, and the reference data of places and devices.

create table public.sessions (
    session_id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.users,
    started_at timestamptz not null default now(),
    ended_at timestamptz check (ended_at >= started_at),
    ip_address inet,
    user_agent text,
    device_info jsonb not null default '{}' check (jsonb_typeof(device_info) = 'object'),
    location_data jsonb not null default '{}' check (jsonb_typeof(location_data) = 'object')
);
alter table public.sessions enable row level security;
create index sessions_user_idx on public.sessions (user_id, started_at desc);

create table public.geography (
    geography_id uuid primary key default gen_random_uuid(),
    country_code varchar(2) not null check (country_code ~ '^[A-Z]{2}$'),
    country_name varchar(100) not null,
    region varchar(100),
    city varchar(100),
    latitude numeric(10, 8) check (latitude between -90 and 90),
    longitude numeric(11, 8) check (longitude between -180 and 180),
    timezone varchar(50),
    created_at timestamptz not null default now(),
    unique nulls not distinct (country_code, region, city)
);
alter table public.geography enable row level security;

create table public.devices (
    device_id uuid primary key default gen_random_uuid(),
    device_type varchar(50),
    device_brand varchar(100),
    device_model varchar(100),
    operating_system varchar(100),
    browser varchar(100),
    screen_resolution varchar(20) check (screen_resolution ~ '^[0-9]+x[0-9]+$'),
    user_agent text,
    created_at timestamptz not null default now()
);
alter table public.devices enable row level security;
