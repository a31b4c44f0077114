-- requires: functions/active_user.sql
-- Answers to the sender's messages: seen by the account that they belong to and by administrators, without what only workers
-- need (the number as it is, its hash). Written by workers, decided through a function.

revoke all on public.inbound_messages from public, anon, authenticated, service_role;
grant select (
    inbound_message_id, provider_message_id, received_at, identity, country, shown_phone, body, verdict, owner_user_id,
    is_for_everyone, sms_send_id, returns_at, decision, decided_at, decided_by_user_id
) on public.inbound_messages to authenticated;
grant select, insert, update, delete on public.inbound_messages to service_role;

drop policy if exists read on public.inbound_messages;
create policy read on public.inbound_messages for select to authenticated using (
    case (select ddp.reader_id())
        when owner_user_id then true
        when 'ffffffff-ffff-ffff-ffff-ffffffffffff' then true
    end
);
drop policy if exists workers on public.inbound_messages;
create policy workers on public.inbound_messages to service_role using (true) with check (true);
