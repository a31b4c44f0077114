-- requires: functions/active_user.sql
-- Everyone signed in reads prices, administrators keep them. A price whose day has passed stays as it was.

revoke all on public.sms_prices from public, anon, authenticated, service_role;
grant
    select, delete,
    insert (country, kind, price_per_part, valid_from, source),
    update (price_per_part, source)
    on public.sms_prices to authenticated;
grant select, insert, update, delete on public.sms_prices to service_role;

drop policy if exists read on public.sms_prices;
create policy read on public.sms_prices for select to authenticated using ((select ddp.active_user_id()) is not null);
drop policy if exists add on public.sms_prices;
create policy add on public.sms_prices for insert to authenticated with check (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists change on public.sms_prices;
create policy change on public.sms_prices for update to authenticated using (
    (select ddp.active_admin_id()) is not null and valid_from >= (now() at time zone 'UTC')::date
) with check (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists remove on public.sms_prices;
create policy remove on public.sms_prices for delete to authenticated using (
    (select ddp.active_admin_id()) is not null and valid_from >= (now() at time zone 'UTC')::date
);
drop policy if exists workers on public.sms_prices;
create policy workers on public.sms_prices to service_role using (true) with check (true);
