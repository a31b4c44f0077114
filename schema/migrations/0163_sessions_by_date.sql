-- transaction: none

-- For administrators: all sessions, the newest first.
create index concurrently if not exists sessions_started_idx
    on public.sessions (started_at desc, session_id desc);
