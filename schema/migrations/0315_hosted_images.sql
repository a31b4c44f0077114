-- Images that anyone may fetch who knows their address, so that e-mails can show them.

create table ddp.hosted_images (
    token varchar(43) primary key check (token ~ '^[A-Za-z0-9_-]{43}$'),
    file_id uuid not null references public.files on delete cascade,
    state varchar(10) not null default 'wanted' check (state in ('wanted', 'live', 'failed', 'revoked')),
    content_type varchar(20) check (content_type in ('image/jpeg', 'image/png')),
    reason varchar(50),
    attempts smallint not null default 0 check (attempts >= 0),
    told_at timestamptz,
    requested_at timestamptz not null default now(),
    made_at timestamptz,
    revoked_at timestamptz,
    removed_at timestamptz,
    by_owner boolean not null,
    constraint hosted_images_live_check check (state <> 'live' or (content_type is not null and made_at is not null)),
    constraint hosted_images_revoked_check check ((state = 'revoked') = (revoked_at is not null))
);
alter table ddp.hosted_images enable row level security;
create unique index hosted_images_file_key on ddp.hosted_images (file_id) where state <> 'revoked';
create index hosted_images_file_idx on ddp.hosted_images (file_id);
create index hosted_images_wanted_idx on ddp.hosted_images (requested_at) where state = 'wanted';
create index hosted_images_revoked_idx on ddp.hosted_images (revoked_at) where state = 'revoked' and removed_at is null;
comment on table ddp.hosted_images is
    'Each time that an image was hosted at a public address. Revoked ones stay, so that an address that ended is told from one that '
    'never was.';
comment on column ddp.hosted_images.token is
    'Names the object and makes its address: the id of the file and 122 random bits, as base64url.';
comment on column ddp.hosted_images.state is
    'wanted: a worker makes it; live: at files.file_url; failed: it cannot be made, reason says why; revoked: its address has ended.';
comment on column ddp.hosted_images.attempts is 'How often a worker was told to make it.';
comment on column ddp.hosted_images.removed_at is 'When the object of a revoked one was deleted.';
comment on column ddp.hosted_images.by_owner is
    'Its owner asked for it: it outlives the brand asset. Else it ends when the file is no longer published.';
comment on column public.files.file_url is
    'Public address of a smaller copy of an image while it is hosted (ddp.hosted_images), else null. The file itself has none: a download '
    'is a short-lived signed URL.';
