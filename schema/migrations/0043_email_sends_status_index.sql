-- transaction: none
-- Counts by state and lists by state; and the foreign key, in place of email_sends_owner_idx.
create index concurrently if not exists email_sends_status_idx
    on public.email_sends (created_by_user_id, email_campaign_id, status);
