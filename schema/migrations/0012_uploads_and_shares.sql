-- What uploading and sharing over HTTP needs: uploads under way, shares, and answers kept for repeated requests.

create table public.uploads (
    upload_id uuid primary key default gen_random_uuid(),
    file_id uuid not null unique default gen_random_uuid(),
    created_by_user_id uuid not null references public.users,
    file_name varchar(500) not null check (ddp.is_file_name(file_name)),
    content_type varchar(255) not null,
    file_type public.file_type not null,
    file_size bigint not null check (file_size between 1 and 5368709120),  -- 5 GiB
    content_sha256 bytea not null check (octet_length(content_sha256) = 32),
    method public.upload_method not null,
    part_size integer,
    storage_upload_id text,
    state public.upload_state not null default 'pending',
    rejection_code varchar(50),
    rejection_reason text,
    duplicate_of_file_id uuid references public.files,
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    settled_at timestamptz,
    -- S3: parts of 5 MiB at least, 10,000 of them at most.
    constraint uploads_parts_check check (
        case method
            when 'single' then part_size is null and storage_upload_id is null
            else part_size >= 5242880 and part_size is not null and ceil(file_size::numeric / part_size) <= 10000
        end
    ),
    constraint uploads_settled_check check ((state = 'pending') = (settled_at is null)),
    constraint uploads_rejection_check check (
        (state = 'rejected') = (rejection_code is not null)
        and (state = 'rejected') = (rejection_reason is not null)
        and (duplicate_of_file_id is null or rejection_code = 'duplicate')
    ),
    check (expires_at > created_at)
);
alter table public.uploads enable row level security;
comment on table public.uploads is 'One row a requested upload, from the request until the object is verified.';
comment on column public.uploads.file_id is 'The id that the file gets when it goes live; no such file before.';
comment on column public.uploads.storage_upload_id is 'The id of the multipart upload at the object store.';
create index uploads_owner_idx on public.uploads (created_by_user_id, created_at desc, upload_id desc);
create index uploads_duplicate_idx on public.uploads (duplicate_of_file_id) where duplicate_of_file_id is not null;
create index uploads_pending_idx on public.uploads (expires_at) where state = 'pending';
create index uploads_under_way_idx on public.uploads (created_by_user_id, expires_at) where state = 'pending';

create table public.file_shares (
    share_id uuid primary key default gen_random_uuid(),
    file_id uuid not null references public.files on delete cascade,
    created_by_user_id uuid not null references public.users,
    shared_with_user_id uuid references public.users,
    token_hash bytea unique check (octet_length(token_hash) = 32),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    constraint file_shares_target_check check (num_nonnulls(shared_with_user_id, token_hash) = 1),
    check (expires_at > created_at)
);
alter table public.file_shares enable row level security;
comment on table public.file_shares is 'A file shared with one user, or with whoever has the link. Ends by time or revocation.';
comment on column public.file_shares.token_hash is 'SHA-256 of the link''s token (UTF-8). No role of the API may read it.';
create index file_shares_file_idx on public.file_shares (file_id);
create index file_shares_owner_idx on public.file_shares (created_by_user_id, created_at desc);
create index file_shares_recipient_idx on public.file_shares (shared_with_user_id, file_id)
    where shared_with_user_id is not null;

create table public.idempotency_keys (
    user_id uuid not null references public.users on delete cascade,
    idempotency_key text not null check (length(idempotency_key) between 1 and 255),
    route text not null check (length(route) <= 500),
    request_hash bytea not null check (octet_length(request_hash) <= 32),
    status integer check (status between 100 and 599),
    response jsonb check (length(response::text) <= 65536),
    created_at timestamptz not null default now(),
    primary key (user_id, idempotency_key, route)
);
alter table public.idempotency_keys enable row level security;
comment on table public.idempotency_keys is 'The answer to each request with an Idempotency-Key, given again when it is repeated.';
create index idempotency_keys_created_idx on public.idempotency_keys (created_at);
