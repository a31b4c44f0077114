-- A plan of a new sender with pending recipients, and the raw statements that the stage is compared with.

-- part: email_message_columns
email_subject, email_content, sender_email

-- part: email_message_values
'Hello', '<p>Hello</p>', 'shop@sender.example'

-- part: sms_message_columns
sms_content, sender_number

-- part: sms_message_values
'Hello', 'auto'

-- part: email_plan_columns
subject, sender, prepared_html

-- part: email_plan_values
'Hello', 'shop@sender.example', '<p>Hello</p>'

-- part: sms_plan_columns
sender, consent, max_parts, message_type, call_size, estimated_cost

-- part: sms_plan_values
'auto', 'declared', 4, 'promotional', 32, 0

-- part: email_address
n || '@example.com'

-- part: sms_address
'+1' || 2025550000 + n

-- part: email_further_columns
time_zone

-- part: email_further_values
null

-- part: sms_further_columns
clock_id, bucket, units, price, encoding, country, link_code

-- part: sms_further_values
(select c.clock_id from ddp.clocks c limit 1), %(bucket)s, 1, 0.00883, 'GSM', 'US', null

-- name: email_platform
-- E-mail needs nothing more.
select;

-- name: sms_platform
-- A clock whose windows are always open: a benchmark does not wait for the morning.
with clock as (
    insert into ddp.clocks (country, region, zones) values ('US', 'NY', '{America/New_York}')
)
insert into public.sending_windows (country, region, days, opens, closes, on_holidays, status, source)
values ('US', 'NY', '1234567', '00:00', '24:00', true, 'custom', 'benchmark');

-- part: email_budget
budget as (select user_id from sender)

-- part: sms_budget
budget as (insert into public.senders (user_id, channel, monthly_budget) select user_id, 'sms', 1e8 from sender)

-- name: seed
with sender as (
    insert into public.users (user_email, user_name, user_type, is_active)
    values (gen_random_uuid() || '@sender.example', 'Sender', 'retailer', true) returning user_id
), {email_budget}, campaign as (
    insert into public.campaigns (campaign_name, campaign_status, created_by_user_id)
    select 'Spring', 'active', user_id from sender returning *
), message as (
    insert into public.email_campaigns (campaign_id, created_by_user_id, requested_at, {email_message_columns})
    select campaign_id, created_by_user_id, now(), {email_message_values} from campaign
    returning *
), plan as (
    insert into public.send_plans (
        campaign_id, email_campaign_id, created_by_user_id, content, audience, scheduled_at, prepared_text, queued_at,
        planned_at, channel, {email_plan_columns}
    )
    select campaign_id, email_campaign_id, created_by_user_id, 'Hello', '{"source": "list", "recipients": []}', now(), 'Hello',
        now(), now(), 'email', {email_plan_values}
    from message
    returning *
), sends as (
    insert into public.email_sends (
        email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, chunk_no, not_before,
        template_data, {email_further_columns}
    )
    select p.email_campaign_id, p.created_by_user_id, {email_address}, 'Recipient ' || n, sha256(n::text::bytea),
        (n - 1) / 500 + 1, now(), jsonb_build_object('city', 'City ' || n), {email_further_values}
    from plan p, generate_series(1, %(recipients)s) n
), chunks as (
    insert into ddp.send_chunks (send_plan_id, chunk_no, channel, bucket, sender_user_id, due_at)
    select p.send_plan_id, n, 'email', %(bucket)s, p.created_by_user_id, now()
    from plan p, generate_series(1, (%(recipients)s - 1) / 500 + 1) n
)
select send_plan_id, email_campaign_id as channel_campaign_id from plan

-- name: rate
insert into ddp.rate_buckets (bucket, channel, per_second, tokens, quota_at)
values (%(bucket)s, 'email', %(per_second)s, %(tokens)s, now() + interval '1 day')
on conflict (bucket) do update
set per_second = excluded.per_second, tokens = excluded.tokens, filled_at = now(), quota_at = excluded.quota_at

-- name: pause_others
with changed as (
    update public.send_plans set paused_at = case when send_plan_id = any (%(send_plan_ids)s) then null else now() end
    returning send_plan_id
)
select ddp.call_chunks(array_agg(send_plan_id)) from changed where send_plan_id = any (%(send_plan_ids)s)

-- name: claim
update public.email_sends s set status = 'sending'
where s.email_send_id in (
    select p.email_send_id
    from public.email_sends p
    where p.email_campaign_id = %(channel_campaign_id)s and p.chunk_no = %(chunk_no)s and p.status = 'pending'
        and p.not_before <= now()
    order by p.not_before
    limit 500
    for update skip locked
)
returning s.email_send_id as send_id, s.recipient_email, s.recipient_name, s.recipient_hash, s.template_data

-- name: mark
update public.email_sends s set status = 'sent', sent_at = now(), provider_message_id = m.message_id
from unnest(%(ids)s::uuid[], %(message_ids)s::text[]) m (email_send_id, message_id)
where s.email_send_id = m.email_send_id

-- name: is_over
-- Whether no plan that is served has chunks that are due.
select not exists (
    select from ddp.send_chunks c join public.send_plans p using (send_plan_id)
    where c.due_at is not null and p.paused_at is null and c.channel = 'email'
) as is_over
