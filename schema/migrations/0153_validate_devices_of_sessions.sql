alter table public.sessions validate constraint sessions_device_id_fkey;
alter table public.sessions validate constraint sessions_country_check;
