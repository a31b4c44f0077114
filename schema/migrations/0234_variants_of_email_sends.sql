-- As 0233. One busy table per migration.

alter table public.email_sends add column variant smallint;
alter table public.email_sends
    add constraint email_sends_variant_check check (variant between 1 and 5) not valid;
comment on column public.email_sends.variant is
    'The variant of an A/B test that the recipient gets: 1 is A. Null: the rest, until it is claimed; or no test.';
