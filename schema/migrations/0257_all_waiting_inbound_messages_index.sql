-- transaction: none
-- The same for administrators, who see the answers of all accounts.
create index concurrently if not exists inbound_messages_all_waiting_idx
    on public.inbound_messages (received_at desc, inbound_message_id desc)
    where verdict = 'person' and decision is null;
