-- requires: functions/active_user.sql
-- Accounts see what they may send from, administrators all. Workers write what the provider lists; administrators assign
-- through a function. How the provider names an identity tells its account, and is for workers.

revoke all on public.origination_identities from public, anon, authenticated, service_role;
grant select (
    origination_identity_id, identity, country, kind, message_type, is_type_open, status, is_two_way, manages_opt_outs,
    parts_per_second, daily_cap, opt_out_words, contact, dlt_entity_id, is_shared, assigned_to_user_id, bucket, synced_at,
    created_at
) on public.origination_identities to authenticated;
grant select, insert, update, delete on public.origination_identities to service_role;

drop policy if exists read on public.origination_identities;
create policy read on public.origination_identities for select to authenticated using (
    assigned_to_user_id = (select ddp.active_user_id())
    or is_shared and (select ddp.active_user_id()) is not null
    or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.origination_identities;
create policy workers on public.origination_identities to service_role using (true) with check (true);
