-- requires: functions/active_user.sql
-- Users see and edit their own profile; administrators all of them. Type and activity change only through functions.

revoke all on public.users from public, anon, authenticated, service_role;
grant select, update (user_name, profile_data) on public.users to authenticated;
grant select, insert, update, delete on public.users to service_role;

drop policy if exists read on public.users;
create policy read on public.users for select to authenticated using (
    case (select ddp.reader_id())
        when user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists change on public.users;
create policy change on public.users for update to authenticated using (
    user_id = (select ddp.active_owner_id()) or (select ddp.active_admin_id()) is not null
) with check (
    user_id = (select ddp.active_owner_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.users;
create policy workers on public.users to service_role using (true) with check (true);
