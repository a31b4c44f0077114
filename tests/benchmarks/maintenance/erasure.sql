-- A ledger of many recipients with what their messages leave behind, and the erasure of one of them.

-- name: without_triggers
set session_replication_role = replica;

-- name: sends
-- Delivered messages of one send.
insert into public.email_sends (
    email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, chunk_no, not_before,
    template_data, status, sent_at, delivered_at, accepted_attempts, attempt
)
select c.email_campaign_id, c.created_by_user_id, 'r' || n || '@customer.example', 'Recipient ' || n,
    sha256(('r' || n)::bytea), (n - 1) / 500 + 1, now(), jsonb_build_object('city', 'City ' || n), 'delivered', now(), now(), 1, 1
from public.email_campaigns c, generate_series(1, %(recipients)s) n
where c.email_campaign_id = %(email_campaign_id)s;

-- name: events
-- What the provider reported about each.
insert into public.email_events (event_id, occurred_at, email_send_id, attempt, event_type, detail)
select s.email_send_id, now(), s.email_send_id, 1, 'delivery', json_build_object('recipient', s.recipient_email)
from public.email_sends s;

-- name: rejections
-- Records of the list that were not usable, one for each twenty.
insert into ddp.send_plan_rejections (send_plan_id, line, code, reason, value)
select %(send_plan_id)s, n, 'duplicate', 'It was there before.', 'R' || n || '@Customer.example'
from generate_series(20, %(recipients)s, 20) n;

-- name: audit
-- What people changed meanwhile, one for each hundred.
insert into public.audit_logs (table_name, record_id, action, new_values)
select 'user_invitations', gen_random_uuid(), 'INSERT', jsonb_build_object('invited_email', 'r' || n || '@customer.example')
from generate_series(100, %(recipients)s, 100) n;

-- name: answers
-- Answers that are kept for repeated requests, one for each thousand.
insert into public.idempotency_keys (user_id, idempotency_key, route, request_hash, status, response)
select c.created_by_user_id, 'key ' || n, 'POST /suppressions', sha256(n::text::bytea), 201,
    jsonb_build_object('email', 'r' || n || '@customer.example')
from public.email_campaigns c, generate_series(1000, %(recipients)s, 1000) n
where c.email_campaign_id = %(email_campaign_id)s;

-- name: counters
-- How many messages each has had.
insert into ddp.recipient_counters (channel, owner_id, recipient_hash, send_ids, attempts, counted_at, last_at)
select 'email', s.created_by_user_id, s.recipient_hash, array[s.email_send_id], '{1}', array[now()], now()
from public.email_sends s;

-- name: analyse
vacuum analyze;

-- name: ask
-- An administrator asks for one.
insert into ddp.erasures (kind, address, address_hash, is_dry_run, requested_by)
values ('recipient', %(address)s, sha256(split_part(%(address)s, '@', 1)::bytea), false, gen_random_uuid());

-- name: portion
-- One portion, as a worker takes it.
select p.is_left from ddp.erase_portion(%(rows)s) p;

-- name: found
-- What was erased, once the erasure has ended.
select e.counts, e.ended_at is not null as has_ended, e.address is null as has_no_address from ddp.erasures e;
