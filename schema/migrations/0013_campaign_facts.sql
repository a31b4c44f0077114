-- The facts behind what a campaign shows: its expenses, who may join, which template a message came from, and the
-- requests to send.

alter table public.campaigns add column is_open boolean not null default false;
comment on column public.campaigns.is_open is
    'Any retailer that knows the campaign may join while it is active; else only whom the creator adds.';

-- Repeated on the participant, because a policy on this table that read `campaigns` would read itself.
alter table public.campaign_participants add column campaign_owner_id uuid;
update public.campaign_participants p set campaign_owner_id = c.created_by_user_id
from public.campaigns c where c.campaign_id = p.campaign_id;
alter table public.campaign_participants
    add constraint campaign_participants_campaign_owner_id_fkey
    foreign key (campaign_owner_id) references public.users not valid;
comment on column public.campaign_participants.campaign_owner_id is
    'Who created the campaign. Set by trigger.';

alter table public.email_campaigns add column template_id uuid;
alter table public.email_campaigns add column requested_at timestamptz;
alter table public.email_campaigns
    add constraint email_campaigns_template_id_fkey foreign key (template_id) references public.templates not valid;
comment on column public.email_campaigns.template_id is 'The template that the content was made from.';
comment on column public.email_campaigns.requested_at is 'Frozen since then: sending was requested.';

alter table public.sms_campaigns add column template_id uuid;
alter table public.sms_campaigns add column requested_at timestamptz;
alter table public.sms_campaigns
    add constraint sms_campaigns_template_id_fkey foreign key (template_id) references public.templates not valid;
comment on column public.sms_campaigns.template_id is 'The template that the content was made from.';
comment on column public.sms_campaigns.requested_at is 'Frozen since then: sending was requested.';

create table public.campaign_expenses (
    expense_id uuid primary key default gen_random_uuid(),
    campaign_id uuid not null references public.campaigns,
    amount numeric(12, 2) not null check (amount <> 0),
    description varchar(500),
    created_by_user_id uuid not null references public.users,
    created_at timestamptz not null default now()
);
alter table public.campaign_expenses enable row level security;
comment on table public.campaign_expenses is
    'What was spent on a campaign, corrections as negative amounts. campaigns.budget_spent is the sum.';
create index campaign_expenses_campaign_idx on public.campaign_expenses (campaign_id, created_at desc);
create index campaign_expenses_creator_idx on public.campaign_expenses (created_by_user_id);

create table public.send_plans (
    send_plan_id uuid primary key default gen_random_uuid(),
    campaign_id uuid not null references public.campaigns,
    email_campaign_id uuid unique references public.email_campaigns,
    sms_campaign_id uuid unique references public.sms_campaigns,
    created_by_user_id uuid not null references public.users,
    subject varchar(500),
    content text not null,
    sender varchar(255) not null,
    sender_name varchar(255),
    template_id uuid references public.templates,
    template_version integer,
    audience jsonb not null check (jsonb_typeof(audience) = 'object'),
    scheduled_at timestamptz not null,
    created_at timestamptz not null default now(),
    queued_at timestamptz,
    planned_at timestamptz,
    constraint send_plans_channel_check check (num_nonnulls(email_campaign_id, sms_campaign_id) = 1),
    constraint send_plans_subject_check check ((subject is null) = (email_campaign_id is null)),
    constraint send_plans_template_check check ((template_id is null) = (template_version is null))
);
alter table public.send_plans enable row level security;
comment on table public.send_plans is
    'An outbox: one row a requested send, with everything frozen as it was then. Workers plan recipients from it.';
comment on column public.send_plans.audience is
    'Where the recipients come from: {"source": "list", "recipients": […]}, {"source": "file", "file_id": …, '
    '"content_sha256": …} or {"source": "target_audience", "criteria": {…}}.';
comment on column public.send_plans.queued_at is 'When a message told the workers; null: not yet.';
comment on column public.send_plans.planned_at is 'When all recipients were in the ledger; null: not yet.';
create index send_plans_creator_idx on public.send_plans (created_by_user_id, created_at desc);
create index send_plans_campaign_idx on public.send_plans (campaign_id);
create index send_plans_template_idx on public.send_plans (template_id, created_by_user_id, campaign_id)
    where template_id is not null;
create index send_plans_waiting_idx on public.send_plans (scheduled_at) where planned_at is null;
