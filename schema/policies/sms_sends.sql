-- requires: functions/active_user.sql, views/ddp_of_caller.sql
-- The sender's customers: seen by the creator of the SMS campaign and by administrators, not by the brand whose campaign
-- it belongs to. Users of the platform, reached through a target audience, are nobody's customers: only administrators see
-- their rows, and functions/list_sms_sends.sql shows them with masked numbers. Written by workers.

revoke all on public.sms_sends from public, anon, authenticated, service_role;
grant select on public.sms_sends to authenticated;
grant select, insert, update, delete on public.sms_sends to service_role;

drop policy if exists read on public.sms_sends;
create policy read on public.sms_sends for select to authenticated using (
    case (select ddp.reader_id())
        when created_by_user_id
            then sms_campaign_id not in (select m.sms_campaign_id from ddp.masked_sms_of_caller m)
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.sms_sends;
create policy workers on public.sms_sends to service_role using (true) with check (true);
