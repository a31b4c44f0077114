-- Content costs what it costs: whose content is slow, which worker composes for a sender alone, and which plans' content
-- ended workers. Nullable columns, and one with a constant default: no table is rewritten.

alter table ddp.bucket_senders
    add column held_by uuid,
    add column held_until timestamptz;
comment on column ddp.bucket_senders.held_by is
    'The worker that composes for this sender alone. It frees the sender itself: if it is still here after held_until, that '
    'worker probably died.';
comment on column ddp.bucket_senders.held_until is 'Until then no other claim serves this sender.';

alter table ddp.send_calls add column worker uuid;
comment on column ddp.send_calls.worker is
    'The run of the worker that claimed it. Null once its death is counted, and for workers of earlier releases.';

alter table public.senders
    add column slow_until timestamptz,
    add column plans_set_aside integer not null default 0;
comment on column public.senders.slow_until is
    'Until then one worker at a time composes for this sender, because its content was slow.';
comment on column public.senders.plans_set_aside is
    'Plans that failed because their content was slow or ended workers. Each one makes slow_until a day later.';

create table ddp.content_troubles (
    send_plan_id uuid primary key references public.send_plans,
    slow_messages integer not null default 0,
    deaths smallint not null default 0,
    died_at timestamptz
);
alter table ddp.content_troubles enable row level security;
comment on table ddp.content_troubles is 'Plans whose content was too slow for a message, or whose worker died composing.';
comment on column ddp.content_troubles.slow_messages is 'Messages that took too long, of all workers together.';
comment on column ddp.content_troubles.deaths is
    'Workers in a row that died with messages of this plan, and of no other, not yet composed.';
comment on column ddp.content_troubles.died_at is
    'When a death was last counted. For ten minutes, workers compose the plan with nothing else in their hands.';
