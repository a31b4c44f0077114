-- Co-op funds: what a brand pays of its retailers' costs in a campaign, and what they claim of it.

create type public.fund_claim_state as enum ('requested', 'approved', 'paid', 'refused', 'withdrawn');
create type public.fund_claim_covers as enum ('messages', 'other');

create table public.campaign_funds (
    fund_id uuid primary key default gen_random_uuid(),
    campaign_id uuid not null references public.campaigns,
    retailer_id uuid not null references public.users,
    campaign_owner_id uuid not null references public.users,
    allotment numeric(12, 2) not null check (allotment >= 0),
    share_percent numeric(5, 2) not null check (share_percent > 0 and share_percent <= 100),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint campaign_funds_key unique (campaign_id, retailer_id)
);
alter table public.campaign_funds enable row level security;
create index campaign_funds_retailer_idx on public.campaign_funds (retailer_id, created_at desc);
create index campaign_funds_owner_idx on public.campaign_funds (campaign_owner_id, created_at desc);
comment on table public.campaign_funds is
    'What a brand set aside for a retailer''s costs in a campaign, in the platform''s currency.';
comment on column public.campaign_funds.campaign_owner_id is 'The brand: who created the campaign. Set by trigger.';
comment on column public.campaign_funds.allotment is
    'The most that all claims may come to that are requested, approved or paid.';
comment on column public.campaign_funds.share_percent is
    'The part of a cost that the brand pays, in percent. A change holds for new claims.';

create table public.fund_claims (
    claim_id uuid primary key default gen_random_uuid(),
    fund_id uuid not null references public.campaign_funds,
    campaign_id uuid not null references public.campaigns,
    retailer_id uuid not null references public.users,
    campaign_owner_id uuid not null references public.users,
    state public.fund_claim_state not null default 'requested',
    covers public.fund_claim_covers not null,
    cost numeric(12, 2) not null check (cost > 0),
    share_percent numeric(5, 2) not null check (share_percent > 0 and share_percent <= 100),
    amount numeric(12, 2) not null check (amount > 0),
    description varchar(2000),
    emails_sent bigint not null check (emails_sent >= 0),
    sms_sent bigint not null check (sms_sent >= 0),
    posts_published bigint not null check (posts_published >= 0),
    reason varchar(500),
    created_at timestamptz not null default now(),
    decided_at timestamptz,
    paid_at timestamptz,
    updated_at timestamptz not null default now(),
    constraint fund_claims_decided_check check ((decided_at is null) = (state = 'requested')),
    constraint fund_claims_paid_check check ((paid_at is null) = (state <> 'paid'))
);
alter table public.fund_claims enable row level security;
create index fund_claims_fund_idx on public.fund_claims (fund_id) include (state, amount);
create index fund_claims_campaign_idx on public.fund_claims (campaign_id, created_at desc);
create index fund_claims_retailer_idx on public.fund_claims (retailer_id, created_at desc);
create index fund_claims_owner_idx on public.fund_claims (campaign_owner_id, created_at desc);
comment on table public.fund_claims is
    'What a retailer claims of a fund. An approved claim is one expense of the campaign; paying it changes no sum.';
comment on column public.fund_claims.campaign_owner_id is 'The brand: who created the campaign. Set by trigger.';
comment on column public.fund_claims.covers is
    'messages: what messages and posts through the platform cost, which their sends have booked as expenses; other: a cost of '
    'the retailer''s own.';
comment on column public.fund_claims.cost is 'What it cost the retailer.';
comment on column public.fund_claims.share_percent is 'The fund''s share at the time of the claim.';
comment on column public.fund_claims.amount is 'What the brand is to pay: the share of the cost.';
comment on column public.fund_claims.description is 'The retailer''s words; null: none, or the retailer was erased.';
comment on column public.fund_claims.emails_sent is
    'E-mails of the retailer in the campaign that the provider had accepted at the time of the claim.';
comment on column public.fund_claims.sms_sent is
    'SMS of the retailer in the campaign that the provider had accepted at the time of the claim.';
comment on column public.fund_claims.posts_published is
    'Posts of the retailer in the campaign that were published at the time of the claim.';
comment on column public.fund_claims.reason is 'Why it was refused.';
comment on column public.fund_claims.decided_at is 'When it was approved, refused or withdrawn.';

create table public.fund_claim_files (
    claim_id uuid not null references public.fund_claims on delete cascade,
    file_id uuid not null references public.files on delete cascade,
    retailer_id uuid not null references public.users,
    campaign_owner_id uuid not null references public.users,
    primary key (claim_id, file_id)
);
alter table public.fund_claim_files enable row level security;
create index fund_claim_files_file_idx on public.fund_claim_files (file_id);
create index fund_claim_files_retailer_idx on public.fund_claim_files (retailer_id);
create index fund_claim_files_owner_idx on public.fund_claim_files (campaign_owner_id);
comment on table public.fund_claim_files is
    'Files of the retailer that prove a claim: the brand sees them as long as they are live and the claim is neither refused nor '
    'withdrawn.';

alter table public.campaign_expenses add column fund_claim_id uuid;
alter table public.campaign_expenses add column is_reimbursement boolean not null default false;
alter table public.campaign_expenses
    add constraint campaign_expenses_fund_claim_fkey foreign key (fund_claim_id) references public.fund_claims not valid;
comment on column public.campaign_expenses.fund_claim_id is 'The approved claim that it is for; null: none.';
comment on column public.campaign_expenses.is_reimbursement is
    'It pays a retailer back what other expenses have already: part of budget_spent, but no further cost in the ROI.';
alter table public.campaigns add column budget_reimbursed numeric(12, 2) not null default 0;
comment on column public.campaigns.budget_reimbursed is
    'The part of budget_spent that pays retailers back what other expenses have already. The ROI leaves it out.';
