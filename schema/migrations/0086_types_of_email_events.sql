-- What ddp.apply_email_events() takes: rows of named columns instead of two dozen arrays by position.
-- A type with one column more is another type: the release before still makes rows of these while a deploy runs.

create type ddp.email_event as (
    event_id uuid,
    occurred_at timestamptz,
    send_id uuid,
    attempt smallint,
    kind text,
    is_machine boolean,
    detail json
);
comment on type ddp.email_event is 'An event as the provider reported it: a row of public.email_events.';

create type ddp.email_evidence as (
    send_id uuid,
    accepted integer,
    attempt smallint,
    message_id text,
    status public.email_send_status,
    sent_at timestamptz,
    delivered_at timestamptz,
    opened_at timestamptz,
    machine_opened_at timestamptz,
    clicked_at timestamptz,
    bounced_at timestamptz,
    bounce_reason text,
    hard_bounced_at timestamptz,
    soft_bounced_at timestamptz,
    complained_at timestamptz,
    failed_attempt smallint,
    failed_at timestamptz,
    failure_code text,
    failure_reason text
);
comment on type ddp.email_evidence is
    'What a batch of events proves about one message. Each time is the earliest of its sort; null if the batch has none.';
comment on column ddp.email_evidence.accepted is 'Bit n - 1 is set for each attempt n that the provider accepted.';
comment on column ddp.email_evidence.attempt is 'The highest of the accepted attempts, whose message id this is.';
comment on column ddp.email_evidence.status is 'The highest that an acceptance proves; null if there are only refusals.';
comment on column ddp.email_evidence.failed_attempt is
    'The latest attempt that the provider refused: the refusal counts only if the message has no later attempt.';
