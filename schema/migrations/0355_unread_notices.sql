-- transaction: none
-- How many notices an account has not read: counted with each page of them.
create index concurrently if not exists notices_unread_idx on public.notices (user_id) where read_at is null;
