-- transaction: none
create index concurrently if not exists email_sends_call_idx
    on public.email_sends (send_call_id) where status = 'sending';
