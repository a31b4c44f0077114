-- The ledgers of e-mail and SMS move through their states by one text of SQL, so they have the same columns. What a
-- message weighs, what it costs and whose rate it uses differ by channel and are data on its row. One table per migration:
-- each is busy, and waiting for several at once takes long.

alter table public.email_sends
    add column units smallint not null default 1,
    add column price numeric(14, 5) not null default 0,
    add column bucket varchar(100) not null default 'email';
comment on column public.email_sends.units is 'Tokens of its bucket that the message takes: 1.';
comment on column public.email_sends.price is
    'US dollars reserved for the message: 0. E-mail is booked by the thousand when its plan is complete.';
comment on column public.email_sends.bucket is 'The rate that it is sent at (ddp.rate_buckets).';
