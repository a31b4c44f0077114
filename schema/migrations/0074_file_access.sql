-- Who sees a file besides its owner and administrators, in one index: what the policies on `files` and on its statistics
-- look into. Their sub-select is planned with every statement, and planning one over `file_shares`, under a policy of its
-- own, took longer than many a list. functions/refresh_file_access.sql keeps it, triggers/file_access.sql fills it.

create table ddp.file_access (
    file_id uuid not null references public.files on delete cascade,
    audience text not null,
    expires_at timestamptz not null,
    primary key (file_id, audience),
    constraint file_access_audience_check check (
        audience in ('everyone', 'retailer') or audience ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    )
);
alter table ddp.file_access enable row level security;
comment on table ddp.file_access is
    'Who sees a live file besides its owner and administrators; none of a file in the trash. Kept by triggers.';
comment on column ddp.file_access.audience is
    'A user''s id (a share), `everyone` (signed in: a public collection) or `retailer` (a brand asset).';
comment on column ddp.file_access.expires_at is 'The end of the last share with this user; infinity for the others.';
