-- What people answer, what we answer then, and what the provider's list has to learn.

create table public.inbound_messages (
    inbound_message_id uuid primary key default gen_random_uuid(),
    provider_message_id varchar(100) not null unique,
    received_at timestamptz not null default now(),
    identity varchar(20) not null,
    country varchar(2),
    phone varchar(20),
    shown_phone varchar(20),
    phone_hash bytea not null check (octet_length(phone_hash) = 32),
    body text check (octet_length(body) <= 8000),
    verdict varchar(10) not null check (verdict in ('stop', 'start', 'help', 'person', 'other')),
    owner_user_id uuid references public.users,
    is_for_everyone boolean not null,
    sms_send_id uuid,
    returns_at timestamptz,
    decision varchar(10) check (decision in ('stop', 'not_stop')),
    decided_at timestamptz,
    decided_by_user_id uuid,
    check ((decided_at is null) = (decision is null)),
    check (is_for_everyone or owner_user_id is not null)
);
alter table public.inbound_messages enable row level security;
create index inbound_messages_owner_idx on public.inbound_messages (owner_user_id, received_at desc, inbound_message_id desc);
create index inbound_messages_received_idx on public.inbound_messages (received_at desc, inbound_message_id desc);
create index inbound_messages_phone_idx on public.inbound_messages (phone_hash, received_at);
comment on table public.inbound_messages is 'Answers to SMS, each once, kept for their retention.';
comment on column public.inbound_messages.received_at is 'When it reached our queue: the provider gives no time.';
comment on column public.inbound_messages.identity is 'Which of our identities it was sent to.';
comment on column public.inbound_messages.country is 'Of the message that it answers, else of the identity.';
comment on column public.inbound_messages.phone is 'E.164, for workers only; null after an erasure.';
comment on column public.inbound_messages.shown_phone is
    'The number as its owner may see it: masked if the recipients of the answered message are users of the platform.';
comment on column public.inbound_messages.body is 'At most 2,000 characters of it; null: it came without one.';
comment on column public.inbound_messages.verdict is
    'What it asks for. person: it may be a wish to get no more messages; until somebody decides, the number gets no promotional ones.';
comment on column public.inbound_messages.owner_user_id is 'Whose it is: the account of the identity, or of the last message to this number; null: nobody''s.';
comment on column public.inbound_messages.is_for_everyone is
    'Whether what it asks for concerns the messages of all senders, because its identity is not assigned to one account.';
comment on column public.inbound_messages.sms_send_id is
    'The message that it answers: the one that the provider names, else the last one from this identity to the number in 30 days.';
comment on column public.inbound_messages.returns_at is
    'Of a START: when the provider takes the number back, which it does once in 30 days; null: at once.';

create table ddp.sms_replies (
    sms_reply_id uuid primary key default gen_random_uuid(),
    inbound_message_id uuid not null unique references public.inbound_messages on delete cascade,
    identity varchar(20) not null,
    country varchar(2) not null,
    phone varchar(20),
    phone_hash bytea not null check (octet_length(phone_hash) = 32),
    kind varchar(10) not null check (kind in ('stop', 'start', 'help')),
    body varchar(1600) not null,
    created_at timestamptz not null default now(),
    due_by timestamptz not null,
    leased_until timestamptz,
    started_at timestamptz,
    outcome varchar(10) check (outcome in ('sent', 'failed', 'unknown', 'too-late')),
    provider_message_id varchar(255),
    failure_code varchar(50),
    ended_at timestamptz
);
alter table ddp.sms_replies enable row level security;
create index sms_replies_phone_idx on ddp.sms_replies (phone_hash, created_at);
create index sms_replies_due_idx on ddp.sms_replies (created_at) where ended_at is null;
comment on table ddp.sms_replies is
    'Automatic answers, at most one for each message that came in. An outbox: started_at is committed before the one call.';
comment on column ddp.sms_replies.phone is 'E.164; null once it is settled.';
comment on column ddp.sms_replies.due_by is 'After this it is too late: five minutes after a STOP came in, an hour after others.';
comment on column ddp.sms_replies.leased_until is
    'Once started: when its worker must have recorded the outcome. Else: not before, because the provider was busy.';

create table ddp.opt_outs_to_push (
    opt_out_id uuid primary key default gen_random_uuid(),
    phone varchar(20) not null unique,
    action varchar(10) not null check (action in ('put', 'delete')),
    created_at timestamptz not null default now(),
    tries smallint not null default 0,
    not_before timestamptz not null default now()
);
alter table ddp.opt_outs_to_push enable row level security;
create index opt_outs_to_push_due_idx on ddp.opt_outs_to_push (not_before);
comment on table ddp.opt_outs_to_push is
    'Numbers that the provider''s opt-out list has to learn or forget. Suppressions hold hashes, so the number waits here and is '
    'deleted once the provider has it. Of several wishes for a number, the last one stands here.';
comment on column ddp.opt_outs_to_push.created_at is 'Since when the provider should know it: what it cannot do yet is not late.';
comment on column ddp.opt_outs_to_push.tries is 'How often a worker took it to tell the provider; 0: the provider has not heard of it.';
