-- transaction: none
-- Whose link it is. Most recipients have none.
create unique index concurrently if not exists sms_sends_link_idx on public.sms_sends (link_code) where link_code is not null;
