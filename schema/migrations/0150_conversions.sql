-- Orders that a campaign led to, as a fact like any other; the keys with which a retailer's shop reports them.

-- What is one thing for the whole platform, and is decided by its operator.
create table ddp.platform_settings (
    is_only boolean primary key default true check (is_only),
    currency varchar(3) not null default 'EUR' check (currency ~ '^[A-Z]{3}$')
);
alter table ddp.platform_settings enable row level security;
comment on table ddp.platform_settings is 'One row: what is decided once for the whole platform.';
comment on column ddp.platform_settings.currency is
    'The currency of all budgets, expenses and orders: sums over several currencies would mean nothing.';
insert into ddp.platform_settings default values;

create type public.conversion_kind as enum ('order', 'refund', 'pixel');
comment on type public.conversion_kind is
    'An order; what was paid back for one; a customer who reached the page of thanks, whose order is not known.';

create table public.conversions (
    conversion_id uuid primary key default gen_random_uuid(),
    campaign_id uuid not null references public.campaigns,
    retailer_id uuid not null references public.users,
    email_campaign_id uuid references public.email_campaigns,
    email_send_id uuid references public.email_sends on delete set null,
    order_id varchar(100) not null check (order_id <> ''),
    kind public.conversion_kind not null,
    value numeric(9, 2) not null,
    currency varchar(3) not null check (currency ~ '^[A-Z]{3}$'),
    occurred_at timestamptz not null check (isfinite(occurred_at)),
    recorded_at timestamptz not null default now(),
    conversion_count integer generated always as (case when kind = 'refund' then 0 else 1 end) stored,
    unique (retailer_id, order_id, kind),
    constraint conversions_value_check check (
        case kind when 'order' then value >= 0 when 'refund' then value < 0 else value = 0 end
    ),
    check (email_send_id is null or email_campaign_id is not null)
);
alter table public.conversions enable row level security;
comment on table public.conversions is
    'Orders of a retailer''s customers that a campaign led to. Who the customer is stays with the retailer''s shop.';
comment on column public.conversions.email_campaign_id is
    'The e-mail whose click came last before the order; null: counted for the campaign that the retailer named.';
comment on column public.conversions.email_send_id is 'The message to that customer; null when the ledger no longer has it.';
comment on column public.conversions.order_id is 'The shop''s own id of the order.';
comment on column public.conversions.value is 'What the order was worth; negative: what was paid back.';
comment on column public.conversions.conversion_count is 'What it adds to the number of conversions: a refund changes only the value.';
create index conversions_campaign_idx on public.conversions (campaign_id);
create index conversions_email_campaign_idx on public.conversions (email_campaign_id) where email_campaign_id is not null;
create index conversions_send_idx on public.conversions (email_send_id) where email_send_id is not null;
create index conversions_retailer_idx on public.conversions (retailer_id, occurred_at desc, conversion_id desc);
create index conversions_recorded_idx on public.conversions (recorded_at);

-- What retention removed from it: the columns that statistics read.
create table ddp.archived_conversions (
    campaign_id uuid not null references public.campaigns on delete cascade,
    retailer_id uuid not null references public.users on delete cascade,
    email_campaign_id uuid references public.email_campaigns on delete cascade,
    occurred_at timestamptz not null,
    conversion_count bigint not null,
    value numeric(15, 2) not null,
    unique nulls not distinct (retailer_id, campaign_id, email_campaign_id, occurred_at)
);
alter table ddp.archived_conversions enable row level security;
comment on table ddp.archived_conversions is 'The sums, by UTC day (quarter hour, if recent), of conversions that retention removed.';
comment on column ddp.archived_conversions.occurred_at is 'The beginning of the day or quarter hour.';
create index archived_conversions_campaign_idx on ddp.archived_conversions (campaign_id);
create index archived_conversions_email_campaign_idx on ddp.archived_conversions (email_campaign_id);

create table ddp.campaign_retailer_stats (
    campaign_id uuid not null references public.campaigns on delete cascade,
    retailer_id uuid not null references public.users on delete cascade,
    conversions bigint not null default 0,
    conversion_cents bigint not null default 0,
    primary key (campaign_id, retailer_id)
);
alter table ddp.campaign_retailer_stats enable row level security;
comment on table ddp.campaign_retailer_stats is 'What each retailer earned in each campaign.';
create index campaign_retailer_stats_retailer_idx on ddp.campaign_retailer_stats (retailer_id);

alter table ddp.campaign_stats
    add column conversions bigint not null default 0,
    add column email_conversions bigint not null default 0,
    add column conversion_cents bigint not null default 0;
alter table ddp.email_campaign_stats
    add column conversions bigint not null default 0,
    add column conversion_cents bigint not null default 0;

-- The secret itself is not here: it is derived from the platform's secret and these two ids.
create table public.conversion_keys (
    key_id uuid primary key default gen_random_uuid(),
    retailer_id uuid not null references public.users on delete cascade,
    created_at timestamptz not null default now(),
    ends_at timestamptz not null default 'infinity'
);
alter table public.conversion_keys enable row level security;
comment on table public.conversion_keys is
    'Which keys a retailer''s shop may sign its reports of orders with. Whoever reads this table cannot sign anything.';
comment on column public.conversion_keys.ends_at is 'Until when signatures with it are accepted.';
create index conversion_keys_retailer_idx on public.conversion_keys (retailer_id, created_at desc);

create table ddp.hook_calls (
    signature bytea primary key check (octet_length(signature) = 32),
    received_at timestamptz not null default now()
);
alter table ddp.hook_calls enable row level security;
comment on table ddp.hook_calls is
    'Signatures of reports that were accepted, for as long as their timestamp would be: each is accepted once.';
create index hook_calls_received_idx on ddp.hook_calls (received_at);

alter table public.send_plans add column tracks_conversions boolean not null default false;
comment on column public.send_plans.tracks_conversions is
    'Whether links carry a reference that the shop returns with an order.';
