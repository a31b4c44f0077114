-- A suppression names the message that led to it, of either ledger.

alter table public.suppressions add column sms_send_id uuid;
alter table public.suppressions
    add constraint suppressions_send_check check (num_nonnulls(email_send_id, sms_send_id) <= 1) not valid;
comment on column public.suppressions.sms_send_id is
    'The SMS that led to it, as email_send_id; no foreign key: it outlives the message.';
