-- What SMS may cost, what is reserved, and what was charged.

create table ddp.budgets (
    scope varchar(20) not null check (scope in ('send_plan', 'campaign', 'sms_month')),
    owner_id uuid not null,
    period varchar(10) not null default '',
    cap numeric(14, 5) check (cap >= 0),
    reserved numeric(14, 5) not null default 0,
    charged numeric(14, 5) not null default 0,
    exhausted_at timestamptz,
    primary key (scope, owner_id, period)
);
alter table ddp.budgets enable row level security;
comment on table ddp.budgets is
    'Money in US dollars: at no time are reserved and charged together more than the cap, unless a provider charges more than '
    'was reserved.';
comment on column ddp.budgets.owner_id is 'send_plan: the plan; campaign: the campaign; sms_month: the sender.';
comment on column ddp.budgets.period is 'sms_month: the month in UTC, such as 2026-11; else empty.';
comment on column ddp.budgets.cap is 'Null: none.';
comment on column ddp.budgets.exhausted_at is 'send_plan: since when nothing more of it fits a budget; null: it is not held up.';

alter table public.sms_sends
    add column budget_month date,
    add column charges jsonb not null default '{}',
    add column charged numeric(14, 5) not null default 0;
comment on column public.sms_sends.budget_month is 'First day of the month (UTC) whose budget the present attempt is paid from.';
comment on column public.sms_sends.charges is 'US dollars that the provider charged, by attempt; no entry: not known yet.';
comment on column public.sms_sends.charged is 'US dollars: the sum of the charges.';

alter table public.send_plans
    add column max_cost numeric(14, 5) check (max_cost >= 0),
    add column estimated_cost numeric(14, 5);
comment on column public.send_plans.max_cost is 'US dollars that the send may cost at most; null: no limit of its own.';
comment on column public.send_plans.estimated_cost is 'US dollars: the sum of the messages'' prices; null: not planned yet.';

alter table public.senders add column monthly_budget numeric(14, 5) check (monthly_budget >= 0);
comment on column public.senders.monthly_budget is
    'US dollars that the sender''s SMS may cost in a month (UTC), set by administrators; null: the sender may send none.';
