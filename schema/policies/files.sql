-- requires: functions/active_user.sql, triggers/file_access.sql, policies/file_access.sql
-- Seen by the owner (in the trash too) and administrators; live files also by those whom ddp.file_access admits: users
-- they are shared with, everyone signed in through a public collection, retailers as brand assets, never a competing brand.
-- functions/visible_file.sql has the same rule for functions.
-- `case`, not `or`: in every statement, the planner would look for an index for each side of an `or`, and never find one
-- for all of them.
-- `offset 0` in a policy's sub-select: it is planned once, as an index lookup for each row. Without it, it would be planned
-- a second time, as a hash of everything that the caller could see, and lists would sometimes use that plan.

revoke all on public.files from public, anon, authenticated, service_role;
grant select, update (file_name) on public.files to authenticated;
grant select, insert, update, delete on public.files to service_role;

drop policy if exists read on public.files;
create policy read on public.files for select to authenticated using (
    case (select ddp.reader_id())
        when created_by_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
        else deleted_at is null and exists (select from ddp.file_access a where a.file_id = files.file_id offset 0)
    end
);
drop policy if exists change on public.files;
create policy change on public.files for update to authenticated using (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
) with check (
    created_by_user_id = (select ddp.active_editor_id()) or (select ddp.active_admin_id()) is not null
);
drop policy if exists workers on public.files;
create policy workers on public.files to service_role using (true) with check (true);

-- What the policy read before there was ddp.file_access.
drop view if exists ddp.files_shared_with_caller;
