-- When each schedule last completed a run, so that GET /health can say which one has stopped.

create table ddp.heartbeats (
    name varchar(50) primary key check (name ~ '^[a-z]+(-[a-z]+)+$'),
    at timestamptz not null default clock_timestamp(),
    oldest_due jsonb not null default '{}' check (jsonb_typeof(oldest_due) = 'object')
);
alter table ddp.heartbeats enable row level security;
comment on table ddp.heartbeats is 'One row for each schedule: when it last completed a run.';
comment on column ddp.heartbeats.name is 'The schedule''s name, without the stage.';
comment on column ddp.heartbeats.oldest_due is
    'For each kind of work that the run measured, for how many seconds its oldest due item had been due then.';

-- A schedule has from the deploy that brings it until it is late to complete its first run.
insert into ddp.heartbeats (name)
values
    ('sending-reconcile'), ('uploads-reconcile'), ('catalogue-reconcile'), ('social-reconcile'), ('social-due'),
    ('social-poll'), ('social-tokens'), ('sms-opt-outs'), ('analytics-refresh'), ('maintenance-cleanup'),
    ('maintenance-reconcile');
