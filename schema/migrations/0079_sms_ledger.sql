-- The columns that workers need, as email_sends has them, and what a phone needs. The table holds nothing but development
-- data yet: checking and indexing it takes no time.

alter table public.sms_sends
    add column recipient_hash bytea,
    add column time_zone varchar(50),
    add column template_data jsonb not null default '{}',
    add column chunk_no integer,
    add column not_before timestamptz not null default now(),
    add column attempt smallint not null default 1,
    add column accepted_attempts integer not null default 0,
    add column send_call_id uuid,
    add column provider_message_id varchar(255),
    add column clicked_at timestamptz,
    add column unsubscribed_at timestamptz,
    add column failed_at timestamptz,
    add column failure_code varchar(50),
    add column unknown_at timestamptz,
    add column units smallint not null default 1,
    add column price numeric(14, 5) not null default 0,
    add column bucket varchar(100) not null default 'sms',
    add column encoding varchar(10),
    add column country varchar(2);
alter table public.sms_sends
    add constraint sms_sends_units_check check (units > 0) not valid,
    add constraint sms_sends_price_check check (price >= 0) not valid,
    add constraint sms_sends_encoding_check check (encoding in ('GSM', 'UCS-2')) not valid,
    -- The same numbers as before: a count in the expression takes three times as long, and each change of a row asks.
    -- squawk-ignore ban-drop-constraint
    drop constraint sms_sends_recipient_phone_check,
    add constraint sms_sends_recipient_phone_check
    check (recipient_phone ~ '^\+[1-9][0-9]+$' and length(recipient_phone) between 7 and 16) not valid;
comment on column public.sms_sends.recipient_hash is 'Keyed hash of the number as suppressions know it; 32 bytes.';
comment on column public.sms_sends.chunk_no is 'Which chunk of the plan; null: test data, not sent by us.';
comment on column public.sms_sends.not_before is
    'Schedule, recipient''s time zone, quiet hours and sending windows allow it from then on.';
comment on column public.sms_sends.attempt is 'Only a retry opens a new one. It is a tag of the message.';
comment on column public.sms_sends.accepted_attempts is
    'Bit n - 1 is set when the provider is known to have accepted attempt n. Two bits: sent twice, which raises an alarm.';
comment on column public.sms_sends.send_call_id is 'The provider call (ddp.send_calls) of the present attempt.';
comment on column public.sms_sends.unknown_at is 'Since when it is not known whether the present attempt was accepted.';
comment on column public.sms_sends.units is 'Parts of the message: tokens of its bucket that it takes.';
comment on column public.sms_sends.price is 'US dollars: what all parts of the message cost, known when it is planned.';
comment on column public.sms_sends.bucket is 'The rate that it is sent at (ddp.rate_buckets): one per origination identity.';
comment on column public.sms_sends.encoding is 'GSM (GSM 03.38) or UCS-2; null: not planned by us.';
comment on column public.sms_sends.country is 'Country of the number: ISO 3166-1 alpha-2.';

-- squawk-ignore require-concurrent-index-creation
create index sms_sends_pending_idx on public.sms_sends (sms_campaign_id, chunk_no, not_before) where status = 'pending';
-- squawk-ignore require-concurrent-index-creation
create index sms_sends_status_idx on public.sms_sends (created_by_user_id, sms_campaign_id, status);
-- squawk-ignore require-concurrent-index-creation
create index sms_sends_call_idx on public.sms_sends (send_call_id) where status = 'sending';
-- squawk-ignore require-concurrent-index-creation
create index sms_sends_unknown_idx on public.sms_sends (unknown_at) where status = 'unknown';
-- squawk-ignore require-concurrent-index-creation
create index sms_sends_twice_idx on public.sms_sends (sms_campaign_id)
    where accepted_attempts & (accepted_attempts - 1) <> 0;
-- sms_sends_status_idx begins with the same columns.
-- squawk-ignore require-concurrent-index-deletion
drop index public.sms_sends_owner_idx;
