-- requires: functions/active_user.sql
-- Reference data of places: everyone signed in reads, administrators write.

revoke all on public.geography from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (country_code, country_name, region, city, latitude, longitude, timezone, aliases),
    update (country_code, country_name, region, city, latitude, longitude, timezone, aliases)
    on public.geography to authenticated;
grant select, insert, update, delete on public.geography to service_role;

drop policy if exists read on public.geography;
create policy read on public.geography for select to authenticated using ((select ddp.active_user_id()) is not null);
drop policy if exists add on public.geography;
create policy add on public.geography for insert to authenticated with check (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists change on public.geography;
create policy change on public.geography for update to authenticated using (
    (select ddp.active_admin_id()) is not null
) with check (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists remove on public.geography;
create policy remove on public.geography for delete to authenticated using (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.geography;
create policy workers on public.geography to service_role using (true) with check (true);
