-- Where a session is: what the edge says, else the country of the browser's time zone. Never a guess: a zone of several
-- countries or regions names none.

create or replace function ddp.place_of_zone(p_time_zone text, out country_code text, out region text)
    language sql stable
    set search_path = ''
as $$
    select
        case when count(distinct g.country_code) = 1 then min(g.country_code) end,
        case when count(distinct g.country_code) = 1 and count(distinct g.region) = 1 and count(*) filter (
            where g.region is null and g.city is null) = 0 then min(g.region) end
    from public.geography g
    where g.timezone = p_time_zone
$$;
comment on function ddp.place_of_zone(text) is
    'The country, and the region, in all of whose places the clocks show this time zone and no other place''s do; else null.';
revoke all on function ddp.place_of_zone(text) from public, anon, authenticated, service_role;

create or replace function ddp.seen_device(p_device jsonb) returns uuid
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_device public.devices;
    v_device_id uuid;
begin
    if jsonb_typeof(p_device) is distinct from 'object' then
        return null;
    end if;
    v_device.device_type := left(p_device ->> 'device_type', 50);
    v_device.device_brand := left(p_device ->> 'device_brand', 100);
    v_device.device_model := left(p_device ->> 'device_model', 100);
    v_device.operating_system := left(p_device ->> 'operating_system', 100);
    v_device.browser := left(p_device ->> 'browser', 100);
    for v_try in 1..2 loop
        select d.device_id into v_device_id
        from public.devices d
        where d.is_seen and (d.device_type, d.device_brand, d.device_model, d.operating_system, d.browser)
            is not distinct from (
                v_device.device_type, v_device.device_brand, v_device.device_model, v_device.operating_system,
                v_device.browser
            );
        exit when found;
        insert into public.devices (device_type, device_brand, device_model, operating_system, browser, is_seen)
        values (
            v_device.device_type, v_device.device_brand, v_device.device_model, v_device.operating_system,
            v_device.browser, true
        )
        on conflict do nothing
        returning device_id into v_device_id;
        exit when found;
    end loop;
    return v_device_id;
end
$$;
comment on function ddp.seen_device(jsonb) is
    'The device that a user agent names, added to `devices` if it is new: device_type, device_brand, device_model, '
    'operating_system, browser. Null for null.';
revoke all on function ddp.seen_device(jsonb) from public, anon, authenticated, service_role;
