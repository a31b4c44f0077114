-- requires: functions/active_user.sql
-- The catalogue of devices: everyone signed in reads, administrators write. It does not say who has one.

revoke all on public.devices from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (device_type, device_brand, device_model, operating_system, browser, screen_resolution, user_agent),
    update (device_type, device_brand, device_model, operating_system, browser, screen_resolution, user_agent)
    on public.devices to authenticated;
grant select, insert, update, delete on public.devices to service_role;

drop policy if exists read on public.devices;
create policy read on public.devices for select to authenticated using ((select ddp.active_user_id()) is not null);
drop policy if exists add on public.devices;
create policy add on public.devices for insert to authenticated with check (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists change on public.devices;
create policy change on public.devices for update to authenticated using (
    (select ddp.active_admin_id()) is not null
) with check (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists remove on public.devices;
create policy remove on public.devices for delete to authenticated using (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.devices;
create policy workers on public.devices to service_role using (true) with check (true);
