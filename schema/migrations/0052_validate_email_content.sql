-- Checked apart from 0051: this reads the table without keeping writers out.

alter table public.email_campaigns validate constraint email_campaigns_attachments_check;
