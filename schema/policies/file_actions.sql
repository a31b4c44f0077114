-- requires: functions/active_user.sql, views/ddp_of_caller.sql
-- Seen by the user who acted and by the file's owner. Written only through functions, and never changed.
-- Made for lists (`case` and `offset 0`: policies/files.sql). Sums over many actions are in daily_analytics and the views:
-- counting here would look up the owner for each action.

revoke all on public.file_actions from public, anon, authenticated, service_role;
grant select on public.file_actions to authenticated;
grant select, insert on public.file_actions to service_role;

drop policy if exists read on public.file_actions;
create policy read on public.file_actions for select to authenticated using (
    case (select ddp.reader_id())
        when user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
        else exists (select from ddp.files_of_caller f where f.file_id = file_actions.file_id offset 0)
    end
);
drop policy if exists workers on public.file_actions;
create policy workers on public.file_actions to service_role using (true) with check (true);
