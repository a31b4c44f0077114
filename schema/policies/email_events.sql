-- requires: functions/active_user.sql, policies/email_sends.sql
-- Seen by users who see the message. Added by workers and removed after their retention, never changed.

revoke all on public.email_events from public, anon, authenticated, service_role;
grant select on public.email_events to authenticated;
grant select, insert, delete on public.email_events to service_role;

drop policy if exists read on public.email_events;
create policy read on public.email_events for select to authenticated using (
    exists (select from public.email_sends s where s.email_send_id = email_events.email_send_id)
);
drop policy if exists workers on public.email_events;
create policy workers on public.email_events to service_role using (true) with check (true);
