-- requires: functions/active_user.sql
-- Administrators read, workers add, nobody changes.

revoke all on public.audit_logs from public, anon, authenticated, service_role;
grant select on public.audit_logs to authenticated;
grant select, insert on public.audit_logs to service_role;

drop policy if exists read on public.audit_logs;
create policy read on public.audit_logs for select to authenticated using (
    (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.audit_logs;
create policy workers on public.audit_logs to service_role using (true) with check (true);
