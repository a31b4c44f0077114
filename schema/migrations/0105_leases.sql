-- Whoever works on something for longer than a moment holds a lease on it, and renews it while the work goes on: what is
-- due and under no live lease is told again within a minute, whatever a queue still hides.
alter table public.send_plans
    add column leased_until timestamptz,
    add column lost_leases smallint not null default 0,
    add column lost_after_batch integer not null default 0;
comment on column public.send_plans.leased_until is 'Until then a planner is at work on it; null: none is.';
comment on column public.send_plans.lost_leases is
    'Planners that ended without a word, since the batch that lost_after_batch names.';
comment on column public.send_plans.lost_after_batch is 'The last batch before the planners that lost_leases counts.';

alter table public.email_test_sends add column leased_until timestamptz;
comment on column public.email_test_sends.leased_until is
    'Until then a worker is at work on it; null: not begun, or begun by a release without leases.';

alter table public.send_exports add column attempts smallint not null default 0;
comment on column public.send_exports.attempts is 'How often a worker began to write the file.';

create table ddp.upload_arrivals (
    upload_id uuid primary key references public.uploads on delete cascade,
    etag text,
    scan_verdict text,
    looked_at timestamptz,
    queued_at timestamptz,
    leased_until timestamptz,
    lost_leases smallint not null default 0
);
alter table ddp.upload_arrivals enable row level security;
comment on table ddp.upload_arrivals is 'Objects of pending uploads, as far as workers know of them.';
comment on column ddp.upload_arrivals.etag is 'Of the object, as its event says; null: no worker has had its event.';
comment on column ddp.upload_arrivals.scan_verdict is 'Of the malware scan, as its event says; null: not scanned.';
comment on column ddp.upload_arrivals.looked_at is 'When reconciliation last looked for the object.';
comment on column ddp.upload_arrivals.queued_at is
    'When reconciliation last told the queue. In the future: when a message whose work failed comes again.';
comment on column ddp.upload_arrivals.leased_until is 'Until then a worker verifies the object; null: none does.';
comment on column ddp.upload_arrivals.lost_leases is 'Workers that ended without a word while they verified it.';
