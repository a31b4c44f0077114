-- What keeping the provider's opt-out list in step has to remember.

create table ddp.opt_out_returns (
    phone_hash bytea primary key check (octet_length(phone_hash) = 32),
    returned_at timestamptz not null
);
alter table ddp.opt_out_returns enable row level security;
comment on table ddp.opt_out_returns is
    'When the provider last took a number off its opt-out list, which it does once in 30 days. Older rows are removed.';

create table ddp.opt_out_work (
    kind varchar(10) primary key check (kind in ('push', 'pull')),
    worker uuid,
    leased_until timestamptz not null default '-infinity',
    next_token text,
    began_at timestamptz,
    ended_at timestamptz
);
alter table ddp.opt_out_work enable row level security;
comment on table ddp.opt_out_work is
    'Who writes to the provider''s opt-out list (push) and who reads it (pull): one worker each, under a lease, because the '
    'provider limits both. Of the pull, also how far it got.';
comment on column ddp.opt_out_work.next_token is 'The page that comes next, in the provider''s words; null: the first.';
insert into ddp.opt_out_work (kind) values ('push'), ('pull');

insert into ddp.retention (subject, keep, least, kept) values
    ('inbound_messages', '13 months', '30 days', 'answers to SMS, and the automatic answers to them; what a person still has to decide stays');
