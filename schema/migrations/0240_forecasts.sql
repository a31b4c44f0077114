-- Forecasts: what a send would do, worked out before it is requested. Nothing of it is in a ledger or a plan.

create table ddp.send_forecasts (
    send_forecast_id uuid primary key default gen_random_uuid(),
    channel public.message_channel not null,
    channel_campaign_id uuid not null,
    created_by_user_id uuid not null references public.users,
    is_exact boolean not null,
    plan jsonb,
    state varchar(20) not null default 'pending' check (state in ('pending', 'ready', 'failed')),
    records_expected bigint,
    result jsonb,
    failure_code varchar(50),
    failure_reason varchar(1000),
    created_at timestamptz not null default now(),
    ended_at timestamptz,
    queued_at timestamptz,
    leased_until timestamptz,
    lost_leases smallint not null default 0,
    lost_after_batch integer not null default 0,
    check ((ended_at is null) = (state = 'pending')),
    check ((plan is not null) = (state = 'pending')),
    check ((result is not null) = (state = 'ready')),
    check (length(plan::text) <= 20000000),
    check (length(result::text) <= 1000000)
);
alter table ddp.send_forecasts enable row level security;
comment on table ddp.send_forecasts is
    'Forecasts of sends: what was asked, by whom, and what came of it. The draft may be gone: no foreign key.';
comment on column ddp.send_forecasts.is_exact is 'Whether all recipients are to be read; otherwise large files are read in part.';
comment on column ddp.send_forecasts.plan is
    'The row of send_plans that the send would add, under the id of the forecast; until it has ended.';
comment on column ddp.send_forecasts.records_expected is 'About how many records will be read; null: not known.';
comment on column ddp.send_forecasts.leased_until is 'Until then a worker is at work on it; null: none is.';
comment on column ddp.send_forecasts.lost_leases is
    'Workers that ended without a word, since the batch that lost_after_batch names.';
create index send_forecasts_creator_idx on ddp.send_forecasts (created_by_user_id);
create index send_forecasts_open_idx on ddp.send_forecasts (channel, queued_at) where state = 'pending';
create index send_forecasts_ended_idx on ddp.send_forecasts (created_at);

create table ddp.forecast_batches (
    send_forecast_id uuid not null references ddp.send_forecasts on delete cascade,
    batch_no integer not null,
    records_read bigint not null,
    after_user_id uuid,
    tally jsonb not null,
    created_at timestamptz not null default now(),
    primary key (send_forecast_id, batch_no)
);
alter table ddp.forecast_batches enable row level security;
comment on table ddp.forecast_batches is
    'What each batch of a forecast counted, so that another worker continues after the last one; until the forecast has ended.';

-- Without a foreign key, which would be checked for each of a million rows. Whoever ends a forecast, or removes it,
-- removes these first.
create table ddp.forecast_addresses (
    send_forecast_id uuid not null,
    address_hash bytea not null check (octet_length(address_hash) = 32),
    primary key (send_forecast_id, address_hash)
);
alter table ddp.forecast_addresses enable row level security;
comment on table ddp.forecast_addresses is
    'Addresses that a forecast has counted, as keyed hashes: of equal ones only the first counts. Until the forecast has ended.';
comment on column ddp.forecast_addresses.send_forecast_id is 'The forecast; of a sample, an id of its own.';

insert into ddp.retention (subject, keep, least, kept) values
    ('forecasts', '7 days', '1 day', 'forecasts of sends');
