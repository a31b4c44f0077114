-- Who agreed to get promotional SMS, from whom, and how that is known.

create table public.phone_consents (
    phone_consent_id uuid primary key default gen_random_uuid(),
    owner_user_id uuid not null references public.users,
    phone_hash bytea not null check (octet_length(phone_hash) = 32),
    source varchar(50) not null check (source <> ''),
    wording text not null check (wording <> '' and octet_length(wording) <= 4000),
    given_at timestamptz not null,
    ip inet,
    file_id uuid,
    sms_send_plan_id uuid,
    recorded_at timestamptz not null default now(),
    recorded_by_user_id uuid,
    ended_at timestamptz,
    ended_by varchar(20) check (ended_by in ('stop', 'link', 'staff', 'erasure')),
    check ((ended_at is null) = (ended_by is null))
);
alter table public.phone_consents enable row level security;
create unique index phone_consents_standing_idx on public.phone_consents (phone_hash, owner_user_id) where ended_at is null;
create index phone_consents_owner_idx on public.phone_consents (owner_user_id, recorded_at desc, phone_consent_id desc);
create index phone_consents_hash_idx on public.phone_consents (phone_hash, owner_user_id);
comment on table public.phone_consents is
    'Consent of a number to promotional SMS of one sender: at most one stands, ended ones stay as evidence. Numbers are kept as keyed '
    'hashes only.';
comment on column public.phone_consents.owner_user_id is 'The account that may send.';
comment on column public.phone_consents.source is 'Where it was given: web-form, paper, point-of-sale, start (an answer), import, …';
comment on column public.phone_consents.wording is 'What the person agreed to, in the words that the person saw.';
comment on column public.phone_consents.given_at is 'When the person agreed.';
comment on column public.phone_consents.ip is 'From which address, if it was given on a page.';
comment on column public.phone_consents.file_id is 'The file that it was imported from; kept when the file is gone.';
comment on column public.phone_consents.sms_send_plan_id is 'The send whose answer gave it.';
comment on column public.phone_consents.ended_by is 'What ended it: an answer, the link, staff, or an erasure.';
