-- transaction: none
-- Which messages a customer clicked in: the few among all that were sent.

create index concurrently if not exists email_sends_clicked_idx
    on public.email_sends (recipient_hash, created_by_user_id) where clicked_at is not null;
