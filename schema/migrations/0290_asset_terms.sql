-- Brand assets are available from, and until, a time, and may have a licence that an account accepts before its first download.

alter table public.brand_assets
    add column available_from timestamptz,
    add column available_until timestamptz,
    add column licence_version varchar(50),
    add column licence_text text,
    add column changes_at timestamptz;
alter table public.brand_assets add constraint brand_assets_availability_check check (
    available_until > available_from
) not valid;
alter table public.brand_assets add constraint brand_assets_licence_check check (
    (licence_version is null) = (licence_text is null) and btrim(licence_version) <> ''
) not valid;
alter table public.brand_assets add constraint brand_assets_licence_text_size check (
    length(licence_text) between 1 and 20000
) not valid;
comment on column public.brand_assets.available_from is 'Retailers see and download it from then on; null: since it was published.';
comment on column public.brand_assets.available_until is 'Retailers see and download it until then; null: until it is withdrawn.';
comment on column public.brand_assets.licence_version is
    'The publisher''s name for the licence; null: there is none. A version that somebody accepted keeps its text.';
comment on column public.brand_assets.licence_text is 'What an account accepts before its first download.';
comment on column public.brand_assets.changes_at is
    'When its availability changes next by itself; null: never. A worker looks each minute for those that are due. Set by a trigger.';

create table public.licence_acceptances (
    asset_id uuid not null references public.brand_assets on delete cascade,
    account_id uuid not null references public.users,
    licence_version varchar(50) not null,
    licence_sha256 bytea not null check (octet_length(licence_sha256) = 32),
    brand_id uuid not null references public.users,
    accepted_by uuid not null references public.users,
    accepted_at timestamptz not null default now(),
    primary key (asset_id, account_id, licence_version)
);
alter table public.licence_acceptances enable row level security;
comment on table public.licence_acceptances is
    'Which account accepted which version of a brand asset''s licence, once. Rows are only added, by accept_asset_licence().';
comment on column public.licence_acceptances.licence_sha256 is 'SHA-256 of the text that was accepted (UTF-8).';
comment on column public.licence_acceptances.brand_id is 'The asset''s publisher, which sees the acceptance.';
comment on column public.licence_acceptances.accepted_by is 'The person who accepted for the account.';
create index licence_acceptances_account_idx on public.licence_acceptances (account_id, accepted_at desc);
create index licence_acceptances_brand_idx on public.licence_acceptances (brand_id, accepted_at desc);
create index licence_acceptances_accepted_by_idx on public.licence_acceptances (accepted_by);
create index licence_acceptances_asset_idx
    on public.licence_acceptances (asset_id, accepted_at desc, account_id desc);
