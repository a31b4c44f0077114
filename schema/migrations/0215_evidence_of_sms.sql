-- What ddp.apply_sms_events() takes, and what it learns about senders and money.

create type ddp.sms_event as (
    event_id uuid,
    occurred_at timestamptz,
    send_id uuid,
    attempt smallint,
    kind text,
    is_machine boolean,
    detail json
);
comment on type ddp.sms_event is 'An event as the provider reported it: a row of public.sms_events.';

create type ddp.sms_evidence as (
    send_id uuid,
    accepted integer,
    attempt smallint,
    message_id text,
    status public.sms_send_status,
    sent_at timestamptz,
    delivered_at timestamptz,
    clicked_at timestamptz,
    undelivered_at timestamptz,
    reported_attempt smallint,
    reported_at timestamptz,
    failed_attempt smallint,
    failed_at timestamptz,
    failure_code text,
    failure_reason text,
    charges jsonb
);
comment on type ddp.sms_evidence is
    'What a batch of events proves about one SMS. Each time is the earliest of its sort; null if the batch has none.';
comment on column ddp.sms_evidence.accepted is 'Bit n - 1 is set for each attempt n that the provider accepted.';
comment on column ddp.sms_evidence.attempt is 'The highest of the accepted attempts, whose message id this is.';
comment on column ddp.sms_evidence.status is 'The highest that an acceptance proves, failures apart.';
comment on column ddp.sms_evidence.undelivered_at is 'When the phone could not be reached.';
comment on column ddp.sms_evidence.reported_attempt is 'The latest attempt about which the last word was said.';
comment on column ddp.sms_evidence.failed_attempt is 'The latest attempt that failed after it was accepted.';
comment on column ddp.sms_evidence.charges is 'US dollars by attempt; no entry: not known.';

alter table ddp.sender_hours add column opted_out integer not null default 0;
comment on column ddp.sender_hours.opted_out is 'SMS: recipients who wanted no more messages.';

alter table ddp.budgets
    add column dearer_at timestamptz,
    add column dearer_messages integer not null default 0,
    add column dearer_reserved numeric(14, 5) not null default 0,
    add column dearer_charged numeric(14, 5) not null default 0;
comment on column ddp.budgets.dearer_at is
    'send_plan: the same as exhausted_at if it is held up because messages cost more than was reserved for them.';
comment on column ddp.budgets.dearer_messages is 'How many messages those are.';
comment on column ddp.budgets.dearer_reserved is 'What was reserved for them.';
comment on column ddp.budgets.dearer_charged is 'What the provider charged for them.';
