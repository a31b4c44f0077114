-- requires: functions/active_user.sql, policies/social_accounts.sql
-- Seen by users who see the account. Written through a function.

revoke all on public.social_slots from public, anon, authenticated, service_role;
grant select on public.social_slots to authenticated;
grant select, insert, update, delete on public.social_slots to service_role;

drop policy if exists read on public.social_slots;
create policy read on public.social_slots for select to authenticated using (
    exists (select from public.social_accounts a where a.account_id = social_slots.account_id)  -- as the caller sees it
);
drop policy if exists workers on public.social_slots;
create policy workers on public.social_slots to service_role using (true) with check (true);
