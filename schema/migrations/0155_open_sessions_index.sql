-- transaction: none
-- Few of all sessions are open. A heartbeat does not touch this index.

create index concurrently if not exists sessions_open_idx on public.sessions (started_at) where ended_at is null;
