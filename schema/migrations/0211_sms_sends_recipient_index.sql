-- transaction: none
-- Which message an answer is about.
create index concurrently if not exists sms_sends_recipient_idx on public.sms_sends (recipient_hash, sent_at) where sent_at is not null;
