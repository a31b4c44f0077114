-- requires: functions/active_user.sql
-- Seen by the user who requested them and by administrators. Requested through a function, settled by workers.

revoke all on public.sms_test_sends from public, anon, authenticated, service_role;
grant select on public.sms_test_sends to authenticated;
grant select, insert, update, delete on public.sms_test_sends to service_role;

drop policy if exists read on public.sms_test_sends;
create policy read on public.sms_test_sends for select to authenticated using (
    created_by_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.sms_test_sends;
create policy workers on public.sms_test_sends to service_role using (true) with check (true);
