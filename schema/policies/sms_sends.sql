-- requires: functions/active_user.sql
-- The sender's customers: seen by the creator of the SMS campaign and by administrators, not by the brand whose campaign
-- it belongs to. Written by workers.

revoke all on public.sms_sends from public, anon, authenticated, service_role;
grant select on public.sms_sends to authenticated;
grant select, insert, update, delete on public.sms_sends to service_role;

drop policy if exists read on public.sms_sends;
create policy read on public.sms_sends for select to authenticated using (
    case (select ddp.reader_id())
        when created_by_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.sms_sends;
create policy workers on public.sms_sends to service_role using (true) with check (true);
