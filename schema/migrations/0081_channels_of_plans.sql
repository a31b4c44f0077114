-- A plan's channel follows from which campaign it names; a trigger sets it.
alter table public.send_plans
    add column channel public.message_channel not null default 'email',
    add column starts_when_planned boolean not null default false,
    add column cost_booked_at timestamptz;
comment on column public.send_plans.channel is 'Which ledger its recipients are in.';
comment on column public.send_plans.starts_when_planned is
    'No message goes before all recipients are planned: their number and cost are known first.';
comment on column public.send_plans.cost_booked_at is
    'The completed_at of the completion for which the cost was booked. A retry completes a plan again.';
