-- transaction: none

create index concurrently if not exists sessions_member_idx on public.sessions (member_id) where member_id is not null;
