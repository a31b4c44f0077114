-- Loads reference data from a generated file into its table; may be repeated. Rows that administrators added stay.

-- name: stage_geography
create temporary table staged_geography (like public.geography including defaults) on commit drop;

-- name: copy_geography
copy staged_geography (country_code, country_name, region, city, latitude, longitude, timezone, aliases)
from stdin (format csv, header match);

-- name: merge_geography
insert into public.geography as g (country_code, country_name, region, city, latitude, longitude, timezone, aliases)
select country_code, country_name, region, city, latitude, longitude, timezone, aliases from staged_geography
on conflict (country_code, region, city) do update
set country_name = excluded.country_name, latitude = excluded.latitude, longitude = excluded.longitude,
    timezone = excluded.timezone,
    aliases = array(select a from unnest(g.aliases || excluded.aliases) a group by a order by a)
where (g.country_name, g.latitude, g.longitude, g.timezone)
    is distinct from (excluded.country_name, excluded.latitude, excluded.longitude, excluded.timezone)
    or not g.aliases @> excluded.aliases;

-- name: stage_devices
create temporary table staged_devices (like public.devices including defaults) on commit drop;

-- name: copy_devices
copy staged_devices
    (device_type, device_brand, device_model, operating_system, browser, screen_resolution, user_agent)
from stdin (format csv, header match);

-- name: merge_devices
insert into public.devices as d
    (device_type, device_brand, device_model, operating_system, browser, screen_resolution, user_agent)
select device_type, device_brand, device_model, operating_system, browser, screen_resolution, user_agent
from staged_devices
on conflict (md5(user_agent), screen_resolution) where user_agent is not null do update
set device_type = excluded.device_type, device_brand = excluded.device_brand, device_model = excluded.device_model,
    operating_system = excluded.operating_system, browser = excluded.browser
where (d.device_type, d.device_brand, d.device_model, d.operating_system, d.browser) is distinct from
    (excluded.device_type, excluded.device_brand, excluded.device_model, excluded.operating_system, excluded.browser);

-- name: stage_sending_windows
create temporary table staged_sending_windows
    (country text, region text, days text, opens time, closes time, on_holidays boolean, status text, valid_from date, source text)
on commit drop;

-- name: copy_sending_windows
copy staged_sending_windows (country, region, days, opens, closes, on_holidays, status, valid_from, source)
from stdin (format csv, header match);

-- name: merge_sending_windows
insert into public.sending_windows as w (country, region, days, opens, closes, on_holidays, status, valid_from, source)
select s.country, coalesce(s.region, ''), s.days, s.opens, s.closes, s.on_holidays, s.status,
    coalesce(s.valid_from, '1900-01-01'), s.source
from staged_sending_windows s
on conflict (country, region, days, opens, valid_from) do update
set closes = excluded.closes, on_holidays = excluded.on_holidays, status = excluded.status, source = excluded.source
where (w.closes, w.on_holidays, w.status, w.source)
    is distinct from (excluded.closes, excluded.on_holidays, excluded.status, excluded.source);

-- name: stage_public_holidays
create temporary table staged_public_holidays (country text, region text, date date, name text) on commit drop;

-- name: copy_public_holidays
copy staged_public_holidays (country, region, date, name) from stdin (format csv, header match);

-- name: merge_public_holidays
insert into ddp.holidays as h (country, region, day, name)
select s.country, coalesce(s.region, ''), s.date, s.name from staged_public_holidays s
on conflict (country, day, region) do update set name = excluded.name
where h.name <> excluded.name;
