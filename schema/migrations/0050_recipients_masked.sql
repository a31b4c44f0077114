-- A brand that writes to its campaign's target audience reaches retailers whose addresses it has no right to: its
-- ledger rows are counted for it, and listed with masked addresses by a function, but not readable as rows.

alter table public.send_plans add column recipients_masked boolean not null default false;
comment on column public.send_plans.recipients_masked is
    'The recipients are users of the platform: their addresses are masked to whoever sends.';
-- The policy on email_sends looks for these; few plans are.
-- squawk-ignore require-concurrent-index-creation
create index send_plans_masked_idx on public.send_plans (created_by_user_id) where recipients_masked;
