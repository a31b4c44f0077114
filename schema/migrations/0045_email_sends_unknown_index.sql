-- transaction: none
create index concurrently if not exists email_sends_unknown_idx
    on public.email_sends (unknown_at) where status = 'unknown';
