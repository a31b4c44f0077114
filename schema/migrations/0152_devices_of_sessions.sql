-- Sessions know their device and place, and when something was last heard of them.

alter table public.devices add column is_seen boolean not null default false;
comment on column public.devices.is_seen is
    'Added by a session, from what its user agent says; removed when no session has it any more.';
-- squawk-ignore require-concurrent-index-creation
create unique index devices_seen_key
    on public.devices (device_type, device_brand, device_model, operating_system, browser) nulls not distinct
    where is_seen;

alter table public.sessions
    add column last_seen_at timestamptz,
    add column device_id uuid,
    add column country_code varchar(2),
    add column region varchar(100);
alter table public.sessions
    add constraint sessions_device_id_fkey foreign key (device_id) references public.devices on delete set null not valid,
    add constraint sessions_country_check check (country_code ~ '^[A-Z]{2}$') not valid;
comment on column public.sessions.last_seen_at is 'The last heartbeat, or action that was noticed; null: none since the start.';
comment on column public.sessions.device_id is 'What the user agent says; null where nothing read it.';
comment on column public.sessions.country_code is
    'Where the request came from as CloudFront says, else the country of the browser''s time zone; null where neither is certain.';
comment on column public.sessions.region is 'The same for the first level below the country.';
