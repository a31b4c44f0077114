-- requires: functions/active_user.sql
-- Seen by the account that accepted, by the asset's publisher and by administrators. Only accept_asset_licence() adds rows.

revoke all on public.licence_acceptances from public, anon, authenticated, service_role;
grant select on public.licence_acceptances to authenticated, service_role;

drop policy if exists read on public.licence_acceptances;
create policy read on public.licence_acceptances for select to authenticated using (
    case (select ddp.reader_id())
        when account_id then true
        when brand_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.licence_acceptances;
create policy workers on public.licence_acceptances for select to service_role using (true);
