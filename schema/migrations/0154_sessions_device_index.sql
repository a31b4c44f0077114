-- transaction: none

create index concurrently if not exists sessions_device_idx on public.sessions (device_id) where device_id is not null;
