-- transaction: none
create index concurrently if not exists email_sends_status_idx on public.email_sends (email_campaign_id, status);
