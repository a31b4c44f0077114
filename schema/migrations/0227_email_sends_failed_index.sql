-- transaction: none
-- Whom an e-mail did not reach, page by page: another one can go to them.
create index concurrently if not exists email_sends_failed_idx
    on public.email_sends (email_campaign_id, recipient_email) where status in ('failed', 'bounced', 'missed');
