-- Test sends of SMS, as those of e-mail. What they cost counts in the month of their sender.

create table public.sms_test_sends (
    sms_test_send_id uuid primary key default gen_random_uuid(),
    sms_campaign_id uuid references public.sms_campaigns on delete set null,
    created_by_user_id uuid not null references public.users,
    recipient_phone varchar(20) not null check (recipient_phone ~ '^(\+[1-9][0-9]{5,14}|erased[0-9a-f]+)$'),
    template_data jsonb not null default '{}'
        check (jsonb_typeof(template_data) = 'object')
        constraint sms_test_sends_data_size check (length(template_data::text) <= 65536),
    status public.sms_send_status not null default 'pending'
        check (status in ('pending', 'sending', 'sent', 'failed', 'suppressed', 'unknown')),
    provider_message_id varchar(255),
    failure_reason text,
    units smallint not null default 1 check (units > 0),
    price numeric(14, 5) not null default 0 check (price >= 0),
    budget_month date,
    created_at timestamptz not null default now(),
    queued_at timestamptz,
    started_at timestamptz,
    leased_until timestamptz,
    ended_at timestamptz
);
alter table public.sms_test_sends enable row level security;
create index sms_test_sends_campaign_idx on public.sms_test_sends (sms_campaign_id, created_at desc);
create index sms_test_sends_creator_idx on public.sms_test_sends (created_by_user_id, created_at);
create index sms_test_sends_open_idx on public.sms_test_sends (created_at) where ended_at is null;
comment on table public.sms_test_sends is 'Test sends of SMS to numbers that the sender names: outside of the ledger.';
comment on column public.sms_test_sends.sms_campaign_id is 'Null: the draft was deleted since.';
comment on column public.sms_test_sends.units is 'Parts of the message.';
comment on column public.sms_test_sends.price is 'US dollars: what all parts cost; 0 until a worker has composed it.';
comment on column public.sms_test_sends.budget_month is 'Which month of the sender pays; null: nothing was reserved.';
comment on column public.sms_test_sends.leased_until is 'Until then it is the worker''s that began it.';
