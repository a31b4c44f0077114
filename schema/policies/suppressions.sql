-- requires: functions/active_user.sql
-- Senders see their own; of those for everyone, a function tells them that an address is suppressed, but not why. Only
-- workers see the hash of an address. Written by workers, and by people through functions.

revoke all on public.suppressions from public, anon, authenticated, service_role;
grant select (suppression_id, channel, owner_user_id, reason, email_send_id, sms_send_id, created_at, expires_at)
    on public.suppressions to authenticated;
grant select, insert, update, delete on public.suppressions to service_role;

drop policy if exists read on public.suppressions;
create policy read on public.suppressions for select to authenticated using (
    owner_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.suppressions;
create policy workers on public.suppressions to service_role using (true) with check (true);
