-- Kinds of devices. Everyone signed in reads them; row level security lets administrators write.

-- name: create_device
-- Adds a device.
insert into public.devices (
    device_type, device_brand, device_model, operating_system, browser, screen_resolution, user_agent
)
select c.device_type, c.device_brand, c.device_model, c.operating_system, c.browser, c.screen_resolution, c.user_agent
from jsonb_populate_record(null::public.devices, %(values)s) c
returning *;

-- name: list_devices
-- Newest first, after the cursor (at, id). The table is small and is read whole.
select * from public.devices
where (%(device_type)s::text is null or device_type = %(device_type)s)
    and (%(at)s::timestamptz is null or (created_at, device_id) < (%(at)s, %(id)s))
order by created_at desc, device_id desc
limit %(limit)s;

-- name: get_device
-- One device.
select * from public.devices where device_id = %(device_id)s;

-- name: update_device
-- Changes the fields that are in `change`, and no others.
update public.devices t
set (device_type, device_brand, device_model, operating_system, browser, screen_resolution, user_agent) = (
    select c.device_type, c.device_brand, c.device_model, c.operating_system, c.browser, c.screen_resolution, c.user_agent
    from jsonb_populate_record(t, %(change)s) c
)
where t.device_id = %(device_id)s
returning *;

-- name: delete_device
-- Deletes a device.
delete from public.devices where device_id = %(device_id)s
returning *;
