-- What SMS are sent from, and what a part costs.

create table public.origination_identities (
    origination_identity_id uuid primary key default gen_random_uuid(),
    identity varchar(20) not null check (identity ~ '^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9_-]{1,11})$'),
    country varchar(2) not null check (country ~ '^[A-Z]{2}$'),
    kind varchar(20) not null check (kind in ('short_code', 'ten_dlc', 'toll_free', 'long_code', 'sender_id')),
    message_type varchar(20) not null check (message_type in ('promotional', 'transactional')),
    is_type_open boolean not null default false,
    status varchar(20) not null check (status in ('active', 'pending', 'incomplete', 'gone')),
    is_two_way boolean not null default false,
    manages_opt_outs boolean not null default false,
    parts_per_second double precision not null check (parts_per_second > 0),
    daily_cap integer check (daily_cap > 0),
    provider_arn varchar(200),
    opt_out_words varchar(100) check (opt_out_words <> ''),
    contact varchar(200) check (contact <> ''),
    dlt_entity_id varchar(50) check (dlt_entity_id <> ''),
    is_shared boolean not null default false,
    assigned_to_user_id uuid references public.users,
    bucket varchar(100) not null generated always as (
        case kind when 'sender_id' then 'sms:' || country || ':' || identity else 'sms:' || identity end
    ) stored,
    synced_at timestamptz,
    created_at timestamptz not null default now(),
    unique (identity, country),
    check (not is_shared or assigned_to_user_id is null),
    check (kind <> 'sender_id' or not is_two_way)
);
alter table public.origination_identities enable row level security;
create index origination_identities_country_idx on public.origination_identities (country, message_type);
create index origination_identities_user_idx on public.origination_identities (assigned_to_user_id);
comment on table public.origination_identities is
    'What SMS come from in a country: numbers, short codes and sender IDs of the account, as the provider lists them. '
    'Administrators assign each to one account, or share it with all.';
comment on column public.origination_identities.identity is 'As phones show it: E.164, a short code, or a sender ID.';
comment on column public.origination_identities.country is 'ISO 3166-1 alpha-2: whose numbers it may send to.';
comment on column public.origination_identities.is_type_open is
    'Whether the provider sends messages of either type from it, so that administrators choose the type.';
comment on column public.origination_identities.status is
    'active: registered, may be used; pending: its registration is not decided; incomplete: the registration needs changes; gone: no '
    'longer the account''s.';
comment on column public.origination_identities.is_two_way is 'Whether answers reach us.';
comment on column public.origination_identities.manages_opt_outs is
    'Whether we answer STOP and HELP ourselves; otherwise the provider or the carrier does.';
comment on column public.origination_identities.parts_per_second is 'Message parts, not messages: what the provider allows.';
comment on column public.origination_identities.daily_cap is 'Message parts in 24 hours; null: none is known.';
comment on column public.origination_identities.provider_arn is 'How the provider names it; null: as `identity`.';
comment on column public.origination_identities.opt_out_words is
    'What {{ opt_out }} says, such as "STOP au 36111"; null: "Reply STOP" where it is two-way, else a link.';
comment on column public.origination_identities.contact is 'Whom HELP names: an address or a number of the sender.';
comment on column public.origination_identities.dlt_entity_id is 'India: the entity''s id on the DLT registry.';
comment on column public.origination_identities.assigned_to_user_id is 'The one account that may use it; null: all if it is shared, else none.';
comment on column public.origination_identities.bucket is 'The rate that it sends at (ddp.rate_buckets).';

create table public.sms_prices (
    sms_price_id uuid primary key default gen_random_uuid(),
    country varchar(2) not null check (country ~ '^[A-Z]{2}$'),
    kind varchar(20) not null check (kind in ('short_code', 'ten_dlc', 'toll_free', 'long_code', 'sender_id')),
    price_per_part numeric(14, 5) not null check (price_per_part > 0 and price_per_part < 100),
    valid_from date not null,
    source varchar(1000) not null check (source <> ''),
    created_at timestamptz not null default now(),
    unique (country, kind, valid_from)
);
alter table public.sms_prices enable row level security;
comment on table public.sms_prices is
    'What one part of an SMS to a country costs, carrier fees included, in US dollars. Of the rows of a country and kind, the one '
    'with the latest day that has come holds. No price, no message.';
comment on column public.sms_prices.kind is 'Of origination identity.';
comment on column public.sms_prices.source is 'Where the price was read, and when.';
