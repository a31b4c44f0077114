-- transaction: none
-- email_sends_status_idx begins with the same columns.
drop index concurrently if exists public.email_sends_owner_idx;
