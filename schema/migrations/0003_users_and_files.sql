-- Users, files and what is done with files.

create table public.users (
    user_id uuid primary key default gen_random_uuid(),
    user_email varchar(255) not null unique
        check (user_email = lower(user_email) and user_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    user_name varchar(255) not null check (btrim(user_name) <> ''),
    user_type public.user_type not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_login_at timestamptz,
    is_active boolean not null default false,
    profile_data jsonb not null default '{}' check (ddp.is_metadata(profile_data))
);
alter table public.users enable row level security;
comment on table public.users is 'Everyone on the platform. `user_id` is the `sub` of the token; a tenant is one user.';
comment on column public.users.is_active is
    'False until an administrator or trusted sign-up data says otherwise: an inactive user sees nothing.';

create table public.files (
    file_id uuid primary key default gen_random_uuid(),
    file_name varchar(500) not null check (ddp.is_file_name(file_name)),
    file_type public.file_type not null,
    file_size bigint not null check (file_size > 0),
    file_path text not null check (file_path <> ''),
    file_url text,
    created_by_user_id uuid not null references public.users,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    content_type varchar(255),
    content_sha256 bytea check (octet_length(content_sha256) = 32),
    image_width integer check (image_width > 0),
    image_height integer check (image_height > 0),
    thumbnail_widths integer[] not null default '{}',
    is_public boolean not null default false,
    is_brand_asset boolean not null default false,
    check ((image_width is null) = (image_height is null))
);
alter table public.files enable row level security;
comment on table public.files is 'One row a verified file. The row of a deleted file stays, with deleted_at.';
comment on column public.files.file_path is 'Key of the object in the bucket.';
comment on column public.files.file_url is
    'Public address where there is one. Files in the bucket have none: a download is a short-lived signed URL.';
comment on column public.files.is_public is 'In a public collection of its owner. Kept by triggers.';
comment on column public.files.is_brand_asset is 'Published as a brand asset. Kept by triggers.';

-- The same content twice is a duplicate within one owner's live files; the trash does not block a new upload.
create unique index files_owner_content_key on public.files (created_by_user_id, content_sha256)
    where deleted_at is null;
create index files_owner_live_idx on public.files (created_by_user_id, created_at desc, file_id desc)
    where deleted_at is null;
create index files_owner_deleted_idx on public.files (created_by_user_id, deleted_at desc, file_id desc);
create index files_public_idx on public.files (created_at desc, file_id desc)
    where is_public and deleted_at is null;
create index files_brand_asset_idx on public.files (created_at desc, file_id desc)
    where is_brand_asset and deleted_at is null;

create table public.file_actions (
    action_id uuid not null default gen_random_uuid(),
    file_id uuid not null references public.files,
    user_id uuid references public.users,
    action_type public.file_action_type not null,
    action_timestamp timestamptz not null default now(),
    session_id uuid,
    ip_address inet,
    user_agent text,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    primary key (action_id, action_timestamp)
) partition by range (action_timestamp);
alter table public.file_actions enable row level security;
comment on table public.file_actions is 'Who did what with a file, and when. Only ever added to.';
comment on column public.file_actions.user_id is 'Null: somebody without an account, through a public link.';

create index file_actions_file_idx on public.file_actions (file_id, action_timestamp desc);
create index file_actions_user_idx on public.file_actions (user_id, action_timestamp desc);
select ddp.ensure_partitions('public.file_actions');
