-- transaction: none
-- Of calls that end, the messages to look at: none, but for very few.
create index concurrently if not exists sms_sends_unsettled_idx
    on public.sms_sends (send_call_id) where unsettled_attempts <> 0;
