-- A chunk is sent at the rate of one bucket. Workers walk a bucket's senders in the order in which they were last served,
-- so a claim costs the same however many plans are open.

alter table ddp.rate_buckets
    add column channel public.message_channel not null default 'email',
    add column burst double precision check (burst >= 1);
comment on table ddp.rate_buckets is
    'A rate that a provider allows: `email` for the account''s e-mail, one per origination identity for SMS. Tokens are '
    'units: an e-mail is one, an SMS has one per part.';
comment on column ddp.rate_buckets.burst is
    'Units that may be saved up and sent at once; null: what one second allows, and at least one.';
-- The account's bucket was named for account and Region. The database belongs to one of each, so the name says nothing,
-- and chunks can name their bucket without knowing them.
insert into ddp.rate_buckets (
    bucket, per_second, tokens, filled_at, serving_since, daily_left, quota_at, pace, throttled_at
)
select 'email', b.per_second, b.tokens, b.filled_at, b.serving_since, b.daily_left, b.quota_at, b.pace, b.throttled_at
from ddp.rate_buckets b
where b.bucket like 'email/%'
order by b.filled_at desc
limit 1;

alter table ddp.send_chunks add column bucket varchar(100) not null default 'email';
comment on column ddp.send_chunks.bucket is 'The rate at which all its recipients are sent to (ddp.rate_buckets).';

create table ddp.bucket_senders (
    bucket varchar(100) not null references ddp.rate_buckets,
    sender_user_id uuid not null references public.users,
    channel public.message_channel not null,
    due_at timestamptz,
    last_served_at timestamptz,
    primary key (bucket, sender_user_id)
) with (
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0
);
alter table ddp.bucket_senders enable row level security;
comment on table ddp.bucket_senders is 'Senders with chunks in a bucket: whom a claim serves next.';
comment on column ddp.bucket_senders.due_at is
    'Not later than anything of the sender can be claimed. A claim that finds nothing moves it on; null: nothing waits.';
comment on column ddp.bucket_senders.last_served_at is 'The sender served least recently comes first; null: never served.';
create index bucket_senders_order_idx on ddp.bucket_senders (bucket, last_served_at nulls first, sender_user_id)
    where due_at is not null;
create index bucket_senders_due_idx on ddp.bucket_senders (bucket, due_at) where due_at is not null;
create index bucket_senders_sender_idx on ddp.bucket_senders (sender_user_id);

insert into ddp.rate_buckets (bucket, per_second, tokens)
select 'email', 1, 1 where exists (select from ddp.send_chunks c where c.due_at is not null)
on conflict do nothing;
insert into ddp.bucket_senders (bucket, sender_user_id, channel, due_at, last_served_at)
select c.bucket, c.sender_user_id, c.channel, min(c.due_at), min(s.last_served_at)
from ddp.send_chunks c
left join public.senders s on s.user_id = c.sender_user_id and s.channel = c.channel
where c.due_at is not null
group by c.bucket, c.sender_user_id, c.channel;

-- Rows change several times each, and the space of their old versions is needed again soon: a fifth of a ledger of
-- millions, the default, is too late.
alter table public.email_sends set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table public.sms_sends set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table ddp.send_calls set (autovacuum_vacuum_scale_factor = 0.02);
alter table ddp.send_chunks set (autovacuum_vacuum_scale_factor = 0.02);
alter table ddp.rate_buckets set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0
);
