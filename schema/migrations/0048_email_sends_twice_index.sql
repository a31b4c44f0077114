-- transaction: none
-- Messages that the provider accepted twice: there should be none, and each raises an alarm.
create index concurrently if not exists email_sends_twice_idx
    on public.email_sends (email_campaign_id) where accepted_attempts & (accepted_attempts - 1) <> 0;
