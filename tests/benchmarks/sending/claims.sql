-- name: senders
-- Senders, each with a plan of one channel: %(recipients)s recipients in chunks of 500, due after %(due_in)s.
with sender as (
    insert into public.users (user_email, user_name, user_type, is_active)
    select gen_random_uuid() || '@sender.example', 'Sender', 'retailer', true
    from generate_series(1, %(senders)s)
    returning user_id
), campaign as (
    insert into public.campaigns (campaign_name, campaign_status, created_by_user_id)
    select 'Spring', 'active', user_id from sender
    returning *
), message as (
    insert into public.email_campaigns (campaign_id, email_subject, email_content, sender_email, created_by_user_id)
    select campaign_id, 'Hello', '<p>Hello</p>', 'shop@sender.example', created_by_user_id from campaign
    returning *
), plan as (
    insert into public.send_plans (
        campaign_id, email_campaign_id, created_by_user_id, subject, content, sender, audience, scheduled_at,
        queued_at, planned_at, paused_at
    )
    select campaign_id, email_campaign_id, created_by_user_id, email_subject, 'Hello', 'shop', '{"source": "list"}',
        now() + %(due_in)s, now(), now(), case when %(paused)s then now() end
    from message
    returning *
), sends as (
    insert into public.email_sends (
        email_campaign_id, created_by_user_id, recipient_email, recipient_hash, chunk_no, not_before
    )
    select p.email_campaign_id, p.created_by_user_id, n || '@example.com', sha256(n::text::bytea),
        (n - 1) / 500 + 1, now() + %(due_in)s
    from plan p, generate_series(1, %(recipients)s) n
)
insert into ddp.send_chunks (send_plan_id, chunk_no, channel, bucket, sender_user_id, due_at)
select p.send_plan_id, n, 'email', 'email', p.created_by_user_id, now() + %(due_in)s
from plan p, generate_series(1, (%(recipients)s - 1) / 500 + 1) n;

-- name: sms
-- The same for SMS; only the columns of its campaigns differ.
with sender as (
    insert into public.users (user_email, user_name, user_type, is_active)
    select gen_random_uuid() || '@sender.example', 'Sender', 'retailer', true
    from generate_series(1, %(senders)s)
    returning user_id
), campaign as (
    insert into public.campaigns (campaign_name, campaign_status, created_by_user_id)
    select 'Spring', 'active', user_id from sender
    returning *
), message as (
    insert into public.sms_campaigns (campaign_id, sms_content, sender_number, created_by_user_id)
    select campaign_id, 'Hello', '+12025550100', created_by_user_id from campaign
    returning *
), plan as (
    insert into public.send_plans (
        campaign_id, sms_campaign_id, created_by_user_id, content, sender, audience, scheduled_at, queued_at, planned_at
    )
    select campaign_id, sms_campaign_id, created_by_user_id, 'Hello', 'shop', '{"source": "list"}', now(), now(), now()
    from message
    returning *
), sends as (
    insert into public.sms_sends (
        sms_campaign_id, created_by_user_id, recipient_phone, recipient_hash, chunk_no, not_before
    )
    select p.sms_campaign_id, p.created_by_user_id, '+1' || 2025550000 + n, sha256(n::text::bytea), (n - 1) / 500 + 1, now()
    from plan p, generate_series(1, %(recipients)s) n
)
insert into ddp.send_chunks (send_plan_id, chunk_no, channel, bucket, sender_user_id, due_at)
select p.send_plan_id, n, 'sms', 'sms', p.created_by_user_id, now()
from plan p, generate_series(1, (%(recipients)s - 1) / 500 + 1) n;

-- name: rates
-- Rates that hold back nobody.
insert into ddp.rate_buckets (bucket, channel, per_second, tokens, quota_at)
values ('email', 'email', 1e9, 1e9, now() + interval '1 day'), ('sms', 'sms', 1e9, 1e9, now() + interval '1 day')
on conflict (bucket) do update set per_second = 1e9, tokens = 1e9;

-- name: served_last
-- Everybody who has something due now comes after whoever comes new.
update ddp.bucket_senders set last_served_at = now() + interval '1 hour';

-- name: cap
-- The sender of each e-mail may send 3 messages to a recipient in a week.
insert into ddp.frequency_caps (channel, owner_id, messages, days)
select distinct 'email'::public.message_channel, p.created_by_user_id, 3, 7 from public.send_plans p where p.channel = 'email';

-- name: counters
-- Each recipient has had one of them.
insert into ddp.recipient_counters (channel, owner_id, recipient_hash, send_ids, attempts, counted_at, last_at)
select 'email', s.created_by_user_id, s.recipient_hash, array[gen_random_uuid()], '{1}', array[now()], now()
from public.email_sends s;

-- name: start
-- Commits that calls start. Returns how many recipients may go.
select sum(cardinality(s.email_send_ids)) from ddp.start_email_sends(%(calls)s, '1 minute') s;

-- name: record
-- The provider accepted all of them.
select ddp.record_email_results(
    %(calls)s, %(sends)s, array_fill(1::smallint, array[cardinality(%(sends)s::uuid[])]),
    array_fill('accepted'::text, array[cardinality(%(sends)s::uuid[])]),
    array_fill('m'::text, array[cardinality(%(sends)s::uuid[])]), array_fill(null::text, array[cardinality(%(sends)s::uuid[])]),
    array_fill(null::text, array[cardinality(%(sends)s::uuid[])]),
    array_fill(null::timestamptz, array[cardinality(%(sends)s::uuid[])])
);
