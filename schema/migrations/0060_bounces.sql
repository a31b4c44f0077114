-- What events need beside what 0040 made: a bounce that was for good counts once, and soft bounces in a row are told
-- from the times of the last few, so that it does not matter in what order they are learnt.

alter table public.email_sends add column hard_bounced_at timestamptz;
comment on column public.email_sends.hard_bounced_at is 'Bounced for good: the address does not exist. Also in bounced_at.';

alter table ddp.soft_bounces add column recent timestamptz[] not null default '{}';
comment on table ddp.soft_bounces is
    'Addresses that bounced for a passing reason: so many in a row, without a delivery in between, end in suppression.';
comment on column ddp.soft_bounces.recent is 'When the last few were, newest first.';
comment on column ddp.soft_bounces.in_a_row is 'Of the recent ones, those since the last known delivery.';
