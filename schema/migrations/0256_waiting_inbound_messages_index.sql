-- transaction: none
-- Answers that wait for a person, of one account: a list of them would read all answers of years to find a few.
create index concurrently if not exists inbound_messages_waiting_idx
    on public.inbound_messages (owner_user_id, received_at desc, inbound_message_id desc)
    where verdict = 'person' and decision is null;
