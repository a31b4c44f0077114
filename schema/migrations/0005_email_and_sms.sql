-- E-mail and SMS: campaigns, and one row a recipient.

create table public.email_campaigns (
    email_campaign_id uuid primary key default gen_random_uuid(),
    campaign_id uuid not null references public.campaigns,
    email_subject varchar(500) not null,
    email_content text not null,
    sender_email varchar(255) not null check (sender_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    sender_name varchar(255),
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    total_recipients integer not null default 0 check (total_recipients >= 0),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_by_user_id uuid not null references public.users
);
alter table public.email_campaigns enable row level security;
create index email_campaigns_campaign_idx on public.email_campaigns (campaign_id);
create index email_campaigns_owner_idx on public.email_campaigns (created_by_user_id, created_at desc);

create table public.email_sends (
    email_send_id uuid primary key default gen_random_uuid(),
    email_campaign_id uuid not null references public.email_campaigns,
    recipient_email varchar(255) not null check (recipient_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    recipient_name varchar(255),
    sent_at timestamptz,
    delivered_at timestamptz,
    opened_at timestamptz,
    clicked_at timestamptz,
    bounced_at timestamptz,
    status public.email_send_status not null default 'pending',
    bounce_reason text,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    unique (email_campaign_id, recipient_email)
);
alter table public.email_sends enable row level security;
comment on table public.email_sends is 'The ledger of e-mail: one row a campaign and recipient, so nobody gets it twice.';

create table public.sms_campaigns (
    sms_campaign_id uuid primary key default gen_random_uuid(),
    campaign_id uuid not null references public.campaigns,
    sms_content text not null check (sms_content <> ''),
    sender_number varchar(20) not null check (sender_number <> ''),
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    total_recipients integer not null default 0 check (total_recipients >= 0),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_by_user_id uuid not null references public.users
);
alter table public.sms_campaigns enable row level security;
create index sms_campaigns_campaign_idx on public.sms_campaigns (campaign_id);
create index sms_campaigns_owner_idx on public.sms_campaigns (created_by_user_id, created_at desc);

create table public.sms_sends (
    sms_send_id uuid primary key default gen_random_uuid(),
    sms_campaign_id uuid not null references public.sms_campaigns,
    recipient_phone varchar(20) not null check (recipient_phone ~ '^\+[1-9][0-9]{5,14}$'),
    recipient_name varchar(255),
    sent_at timestamptz,
    delivered_at timestamptz,
    status public.sms_send_status not null default 'pending',
    failure_reason text,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    unique (sms_campaign_id, recipient_phone)
);
alter table public.sms_sends enable row level security;
comment on table public.sms_sends is 'The ledger of SMS: one row a campaign and recipient. Numbers are E.164.';
