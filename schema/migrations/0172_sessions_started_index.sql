-- transaction: none
-- Sessions come in order of time: retention finds the old ones by a few bytes per hundred pages.
create index concurrently if not exists sessions_started_brin on public.sessions using brin (started_at) with (autosummarize = on);
