-- A brand may ask to see what participants send in its campaign before it goes out.

create type public.approval_rule as enum ('none', 'first', 'all');
comment on type public.approval_rule is
    'Which messages and posts of a campaign''s participants wait for the approval of its creator: none, the first of each '
    'participant, or all.';
create type public.approval_state as enum ('waiting', 'approved', 'refused', 'superseded');
comment on type public.approval_state is 'superseded: the content changed, or nothing waits for this approval any more.';

alter table public.campaigns add column approval public.approval_rule not null default 'none';
comment on column public.campaigns.approval is
    'Which messages and posts of participants wait for the creator''s approval: none, first (of each participant) or all.';

create table public.approvals (
    approval_id uuid primary key default gen_random_uuid(),
    campaign_id uuid not null references public.campaigns,
    email_campaign_id uuid references public.email_campaigns on delete cascade,
    sms_campaign_id uuid references public.sms_campaigns on delete cascade,
    post_id uuid references public.social_posts on delete cascade,
    message_id uuid not null generated always as (coalesce(email_campaign_id, sms_campaign_id, post_id)) stored,
    created_by_user_id uuid not null references public.users,
    campaign_owner_id uuid not null references public.users,
    state public.approval_state not null default 'waiting',
    content_digest bytea not null check (length(content_digest) = 32),
    requested_at timestamptz not null default now(),
    reminded_at timestamptz,
    decided_at timestamptz,
    decided_by uuid references public.users,
    reason varchar(1000),
    check (num_nonnulls(email_campaign_id, sms_campaign_id, post_id) = 1),
    check (state not in ('approved', 'refused') or decided_at is not null),
    check (state <> 'refused' or reason is not null)
);
alter table public.approvals enable row level security;
create unique index approvals_open_key on public.approvals (message_id) where state in ('waiting', 'approved');
create index approvals_email_campaign_idx on public.approvals (email_campaign_id);
create index approvals_sms_campaign_idx on public.approvals (sms_campaign_id);
create index approvals_post_idx on public.approvals (post_id);
create index approvals_campaign_idx on public.approvals (campaign_id);
create index approvals_creator_idx on public.approvals (created_by_user_id, requested_at, approval_id);
create index approvals_owner_idx on public.approvals (campaign_owner_id, requested_at, approval_id);
create index approvals_waiting_idx on public.approvals (campaign_owner_id, requested_at, approval_id) where state = 'waiting';
create index approvals_decider_idx on public.approvals (decided_by);
comment on table public.approvals is
    'Requests that the creator of a campaign approves the content of one message or post. At most one of a message is open.';
comment on column public.approvals.message_id is 'The message or post, whichever it is.';
comment on column public.approvals.created_by_user_id is 'The account that wants to send it.';
comment on column public.approvals.campaign_owner_id is 'The account that decides: the creator of the campaign.';
comment on column public.approvals.content_digest is
    'SHA-256 of all that decides what recipients see, when it was requested: only this very content is approved.';
comment on column public.approvals.decided_by is 'The account that decided: the campaign''s creator, or an administrator.';
comment on column public.approvals.reason is 'Why it was refused.';
