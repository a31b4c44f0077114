-- The worker of each queue has a heartbeat, too, so that GET /health names one that has stopped.

comment on table ddp.heartbeats is
    'One row for each schedule: when it last completed a run; and one for each queue''s function: when it last worked.';
comment on column ddp.heartbeats.name is 'The schedule''s or the function''s name, without the stage.';

-- The functions that note them are deployed after this migration: they have half an hour until they are late.
insert into ddp.heartbeats (name, at)
select w.name, clock_timestamp() + interval '30 minutes'
from unnest(array[
    'uploads-object-created', 'catalogue-import-products', 'email-plan', 'email-send', 'email-events', 'sms-plan',
    'sms-send', 'sms-events', 'sms-inbound', 'social-publish', 'engagement-ingest', 'sending-export'
]) w (name);
