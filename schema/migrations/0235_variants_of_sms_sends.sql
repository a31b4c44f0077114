-- As 0234.

alter table public.sms_sends add column variant smallint;
alter table public.sms_sends
    add constraint sms_sends_variant_check check (variant between 1 and 5) not valid;
comment on column public.sms_sends.variant is 'As email_sends.variant.';
