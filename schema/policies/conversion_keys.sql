-- requires: functions/active_user.sql
-- Seen by the retailer and by administrators; they hold no secret. Written through functions.

revoke all on public.conversion_keys from public, anon, authenticated, service_role;
grant select on public.conversion_keys to authenticated;
grant select, delete on public.conversion_keys to service_role;

drop policy if exists read on public.conversion_keys;
create policy read on public.conversion_keys for select to authenticated using (
    case (select ddp.reader_id())
        when retailer_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.conversion_keys;
create policy workers on public.conversion_keys to service_role using (true) with check (true);
