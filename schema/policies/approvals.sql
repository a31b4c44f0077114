-- requires: functions/active_user.sql
-- Seen by the account that wants to send, by the creator of the campaign and by administrators. Written through functions.

revoke all on public.approvals from public, anon, authenticated, service_role;
grant select on public.approvals to authenticated;
grant select, insert, update, delete on public.approvals to service_role;

drop policy if exists read on public.approvals;
create policy read on public.approvals for select to authenticated using (
    case (select ddp.reader_id())
        when created_by_user_id then true
        when campaign_owner_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.approvals;
create policy workers on public.approvals to service_role using (true) with check (true);
