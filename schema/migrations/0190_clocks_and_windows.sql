-- When an SMS may go: by law and custom of the country, and by the clocks of all time zones in which the phone may be.

create table public.sending_windows (
    sending_window_id uuid primary key default gen_random_uuid(),
    country varchar(2) not null check (country ~ '^([A-Z]{2}|[*])$'),
    region varchar(10) not null default '' check (region ~ '^([A-Z0-9]{1,10}|[*])?$'),
    days varchar(7) not null check (days ~ '^[1-7]{1,7}$'),
    opens time not null,
    closes time not null,
    on_holidays boolean not null,
    status varchar(20) not null check (status in ('law', 'custom', 'unchecked')),
    valid_from date not null default '1900-01-01',
    source varchar(1000) not null check (source <> ''),
    check (opens < closes),
    check (country <> '*' or region = ''),
    unique (country, region, days, opens, valid_from)
);
alter table public.sending_windows enable row level security;
comment on table public.sending_windows is
    'Hours of the day at which promotional SMS may go, by the recipient''s clock; on days without a row none goes. The most '
    'particular place that has rows holds: the region, any region of the country, the country, any country.';
comment on column public.sending_windows.country is 'ISO 3166-1 alpha-2; *: every country that has no rows.';
comment on column public.sending_windows.region is
    'Second half of an ISO 3166-2 code, such as CA; *: regions of the country that have no rows, or are not known; empty: the '
    'country as a whole.';
comment on column public.sending_windows.days is 'Days of the week: 1 is Monday, 7 Sunday.';
comment on column public.sending_windows.on_holidays is 'Whether it is open on public holidays too.';
comment on column public.sending_windows.status is
    'law: a statute or regulation says so; custom: usual, no law is known; unchecked: nobody has read the law.';
comment on column public.sending_windows.valid_from is 'Of a place''s rows, those with the latest day that has come hold.';

create table ddp.holidays (
    country varchar(2) not null,
    region varchar(10) not null default '',
    day date not null,
    name varchar(200) not null,
    primary key (country, day, region)
);
alter table ddp.holidays enable row level security;
comment on table ddp.holidays is 'Public holidays of countries and, where they differ, of regions.';

create table ddp.clocks (
    clock_id integer primary key generated always as identity,
    country varchar(2) not null,
    region varchar(10) not null default '',
    zones text[] not null check (cardinality(zones) between 1 and 50),
    unique (country, region, zones)
);
alter table ddp.clocks enable row level security;
comment on table ddp.clocks is
    'Where a phone may be: its country, its region if the number tells it, and the time zones in question. Messages refer to '
    'it, so that one look answers for all with the same clock.';

-- No foreign key: clocks are never deleted, and the key would cost a lookup for each recipient.
alter table public.sms_sends add column clock_id integer;
comment on column public.sms_sends.clock_id is 'Where the phone may be (ddp.clocks), which decides when the message may go.';

alter table public.send_plans add column ignores_windows boolean not null default false;
comment on column public.send_plans.ignores_windows is
    'Whether its messages may go outside the windows of SMS: transactional ones, or as an administrator allowed.';
