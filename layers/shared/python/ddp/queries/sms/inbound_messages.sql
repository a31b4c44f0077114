-- name: apply
-- Stores messages that came in and does what they ask for; says which get an automatic answer.
select ddp.apply_inbound_messages(
    %(provider_ids)s::text[], %(received_at)s::timestamptz[], %(identities)s::text[], %(phones)s::text[],
    %(hashes)s::bytea[], %(bodies)s::text[], %(verdicts)s::text[], %(answered)s::text[]
) as applied;

-- part: columns
inbound_message_id, received_at, identity, country, shown_phone as phone, body, verdict, is_for_everyone, owner_user_id,
sms_send_id, returns_at, decision, decided_at, decided_by_user_id

-- name: list_own
-- A page of the caller's messages, the latest first. By its owner, because no index would be used for the rows' policy alone.
select {columns} from public.inbound_messages
where owner_user_id = (select ddp.active_user_id())
    and (%(verdict)s::text is null or verdict = %(verdict)s)
    and (%(is_waiting)s::boolean is null or (verdict = 'person' and decision is null) = %(is_waiting)s)
    and (%(at)s::timestamptz is null or (received_at, inbound_message_id) < (%(at)s, %(id)s))
order by received_at desc, inbound_message_id desc
limit %(limit)s;

-- name: list_all
-- A page of all messages, the latest first; for administrators.
select {columns} from public.inbound_messages
where (%(verdict)s::text is null or verdict = %(verdict)s)
    and (%(is_waiting)s::boolean is null or (verdict = 'person' and decision is null) = %(is_waiting)s)
    and (%(at)s::timestamptz is null or (received_at, inbound_message_id) < (%(at)s, %(id)s))
order by received_at desc, inbound_message_id desc
limit %(limit)s;

-- name: is_admin
-- Whether the caller sees the messages of all.
select ddp.active_admin_id() is not null;

-- name: get
-- One message that the caller may see.
select {columns} from public.inbound_messages where inbound_message_id = %(inbound_message_id)s;

-- name: decide
-- What a person says about a message that was not understood.
select public.decide_inbound_message(%(inbound_message_id)s, %(decision)s);
