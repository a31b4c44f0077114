-- requires: functions/active_user.sql
-- Seen by their user and by administrators. Written through functions and by workers.

revoke all on public.sessions from public, anon, authenticated, service_role;
grant select on public.sessions to authenticated;
grant select, insert, update, delete on public.sessions to service_role;

drop policy if exists read on public.sessions;
create policy read on public.sessions for select to authenticated using (
    case (select ddp.reader_id())
        when user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.sessions;
create policy workers on public.sessions to service_role using (true) with check (true);
