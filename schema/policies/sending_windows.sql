-- requires: functions/active_user.sql
-- Law and custom: everyone signed in reads them, administrators keep them.

revoke all on public.sending_windows from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (country, region, days, opens, closes, on_holidays, status, valid_from, source),
    update (country, region, days, opens, closes, on_holidays, status, valid_from, source)
    on public.sending_windows to authenticated;
grant select, insert, update, delete on public.sending_windows to service_role;

drop policy if exists read on public.sending_windows;
create policy read on public.sending_windows for select to authenticated using ((select ddp.active_user_id()) is not null);
drop policy if exists add on public.sending_windows;
create policy add on public.sending_windows for insert to authenticated with check (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists change on public.sending_windows;
create policy change on public.sending_windows for update to authenticated using (
    (select ddp.active_admin_id()) is not null
) with check (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists remove on public.sending_windows;
create policy remove on public.sending_windows for delete to authenticated using (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.sending_windows;
create policy workers on public.sending_windows to service_role using (true) with check (true);
