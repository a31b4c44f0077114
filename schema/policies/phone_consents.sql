-- requires: functions/active_user.sql
-- Senders see consents to their own messages, administrators all; only workers see the hash of a number. Written by workers,
-- and by people through functions.

revoke all on public.phone_consents from public, anon, authenticated, service_role;
grant select (
    phone_consent_id, owner_user_id, source, wording, given_at, ip, file_id, sms_send_plan_id, recorded_at,
    recorded_by_user_id, ended_at, ended_by
) on public.phone_consents to authenticated;
grant select, insert, update, delete on public.phone_consents to service_role;

drop policy if exists read on public.phone_consents;
create policy read on public.phone_consents for select to authenticated using (
    owner_user_id = (select ddp.active_user_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.phone_consents;
create policy workers on public.phone_consents to service_role using (true) with check (true);
