-- statement_timeout: 1h
-- Checks what was written before 0300, without keeping writers out.

alter table public.templates validate constraint templates_requires_check;
alter table public.email_campaigns validate constraint email_campaigns_reply_to_check;
