-- transaction: none
-- As 0227, of SMS.
create index concurrently if not exists sms_sends_failed_idx
    on public.sms_sends (sms_campaign_id, recipient_phone) where status in ('failed', 'missed');
