-- What the provider reports about SMS.

create table public.sms_events (
    event_id uuid not null,
    occurred_at timestamptz not null,
    sms_send_id uuid not null,
    attempt smallint not null,
    event_type varchar(30) not null,
    is_machine boolean not null default false,
    detail json not null default '{}',
    received_at timestamptz not null default now(),
    primary key (sms_send_id, event_id, occurred_at)
) partition by range (occurred_at);
alter table public.sms_events enable row level security;
comment on table public.sms_events is 'Events of the provider about SMS, and uses of their short links, each once, kept for their retention.';
comment on column public.sms_events.event_id is 'A hash of what makes the event what it is: the same one twice is one row.';
comment on column public.sms_events.event_type is 'The provider''s word without its TEXT_, such as DELIVERED; or CLICK.';
comment on column public.sms_events.is_machine is 'Of a click: whether a machine followed the link.';
select ddp.ensure_partitions('public.sms_events');

alter table public.sms_sends
    add column carrier_reported_at timestamptz;
comment on column public.sms_sends.carrier_reported_at is
    'When the provider said its last word, which may be that the carrier never reported; null: more may come.';

alter table public.suppressions add column expires_at timestamptz;
comment on column public.suppressions.expires_at is
    'When the hourly cleanup removes it, because numbers are given to other people; null: never.';
-- Whether anything came lately, which reconciliation asks each minute: rows are in the order in which they came.
create index sms_events_received_idx on public.sms_events using brin (received_at) with (autosummarize = on);
