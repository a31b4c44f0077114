-- requires: functions/active_user.sql, policies/sms_sends.sql
-- Seen by users who see the message. Added by workers and removed after their retention, never changed.

revoke all on public.sms_events from public, anon, authenticated, service_role;
grant select on public.sms_events to authenticated;
grant select, insert, delete on public.sms_events to service_role;

drop policy if exists read on public.sms_events;
create policy read on public.sms_events for select to authenticated using (
    exists (select from public.sms_sends s where s.sms_send_id = sms_events.sms_send_id)
);
drop policy if exists workers on public.sms_events;
create policy workers on public.sms_events to service_role using (true) with check (true);
