-- Loads reference data from a generated file into its table; may be repeated. Rows that administrators added stay.

-- name: stage_geography
create temporary table staged_geography (like public.geography including defaults) on commit drop;

-- name: copy_geography
copy staged_geography (country_code, country_name, region, city, latitude, longitude, timezone)
from stdin (format csv, header match);

-- name: merge_geography
insert into public.geography as g (country_code, country_name, region, city, latitude, longitude, timezone)
select country_code, country_name, region, city, latitude, longitude, timezone from staged_geography
on conflict (country_code, region, city) do update
set country_name = excluded.country_name, latitude = excluded.latitude, longitude = excluded.longitude,
    timezone = excluded.timezone
where (g.country_name, g.latitude, g.longitude, g.timezone)
    is distinct from (excluded.country_name, excluded.latitude, excluded.longitude, excluded.timezone);

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
