-- transaction: none
create index concurrently if not exists email_sends_pending_idx
    on public.email_sends (email_campaign_id, chunk_no, not_before) where status = 'pending';
