-- requires: functions/active_user.sql
-- Seen by the brand whose models they are, and by administrators. Written by refreshes and workers.

revoke all on public.regional_wish_lists from public, anon, authenticated, service_role;
grant select on public.regional_wish_lists to authenticated;
grant select, insert, update, delete on public.regional_wish_lists to service_role;

drop policy if exists read on public.regional_wish_lists;
create policy read on public.regional_wish_lists for select to authenticated using (
    case (select ddp.reader_id())
        when brand_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.regional_wish_lists;
create policy workers on public.regional_wish_lists to service_role using (true) with check (true);
