-- A ledger of sent messages, and a bare UPDATE that settles them.

-- name: platform
insert into public.users (user_id, user_email, user_name, user_type, is_active)
values (%(owner)s, %(owner)s || '@seed.example', 'Brand', 'brand', true);

-- name: campaign
insert into public.campaigns (campaign_id, campaign_name, created_by_user_id, campaign_status, start_date)
values (%(owner)s, 'Spring', %(owner)s, 'active', now());

-- part: email_content_columns
email_subject, email_content, sender_email

-- part: email_content_values
'Spring', '<p>Spring</p>', 'news@seed.example'

-- part: sms_content_columns
sms_content, sender_number

-- part: sms_content_values
'Spring', 'auto'

-- name: email_campaign
insert into public.email_campaigns (email_campaign_id, campaign_id, created_by_user_id, {email_content_columns})
values (%(owner)s, %(owner)s, %(owner)s, {email_content_values});

-- name: email_plan
-- Events of e-mail need none.
select;

-- name: sms_plan
-- Budgets follow every message, so there is a plan whose budgets exist.
with budget as (
    insert into public.senders (user_id, channel, monthly_budget) values (%(owner)s, 'sms', 1e8)
), plan as (
    insert into public.send_plans (
        send_plan_id, channel, campaign_id, sms_campaign_id, created_by_user_id, content, sender, audience, scheduled_at,
        planned_at, started_at
    )
    values (%(owner)s, 'sms', %(owner)s, %(owner)s, %(owner)s, 'Spring', 'auto', '{}', now(), now(), now())
)
insert into ddp.budgets (scope, owner_id, period, cap)
values ('send_plan', %(owner)s, '', null), ('sms_month', %(owner)s, to_char(now() at time zone 'UTC', 'YYYY-MM'), 1e8);

-- part: email_address
n || '@seed.example'

-- part: sms_address
'+1' || 2025550000 + n

-- part: email_further_columns
time_zone

-- part: email_further_values
null

-- part: sms_further_columns
price, country, budget_month

-- part: sms_further_values
0.00881, 'US', ddp.sms_month(now())

-- name: sends
insert into public.email_sends (
    email_send_id, email_campaign_id, created_by_user_id, recipient_email, recipient_hash, status, sent_at,
    accepted_attempts, provider_message_id, chunk_no, {email_further_columns}
)
select i.id, %(owner)s, %(owner)s, {email_address}, sha256(n::text::bytea), 'sent', '2026-10-12T08:00:00.6Z', 1,
    'message-' || i.id || '-1', n / 500 + 1, {email_further_values}
from generate_series(1, %(count)s) n
cross join lateral (select gen_random_uuid() as id where n > 0) i
returning email_send_id::text;

-- name: email_bare
update public.email_sends s
set status = g.status, delivered_at = coalesce(g.delivered_at, s.delivered_at),
    opened_at = coalesce(g.opened_at, s.opened_at)
from unnest(
    %(sends)s::uuid[], %(statuses)s::public.email_send_status[], %(delivered_at)s::timestamptz[],
    %(later_at)s::timestamptz[]
) g (email_send_id, status, delivered_at, opened_at)
where s.email_send_id = g.email_send_id;

-- name: sms_bare
update public.sms_sends s
set status = g.status, sent_at = coalesce(g.sent_at, s.sent_at),
    delivered_at = coalesce(g.delivered_at, s.delivered_at),
    charged = case when g.delivered_at is not null then 0.00881 else s.charged end,
    charges = case when g.delivered_at is not null then '{"1": 0.00881}' else s.charges end
from unnest(
    %(sends)s::uuid[], %(statuses)s::public.sms_send_status[], %(delivered_at)s::timestamptz[],
    %(later_at)s::timestamptz[]
) g (sms_send_id, status, delivered_at, sent_at)
where s.sms_send_id = g.sms_send_id;

-- name: email_result
select
    count(*) filter (where s.status = 'opened' and s.delivered_at is not null and s.opened_at is not null),
    count(*) filter (where s.opened_at > s.delivered_at),
    (select count(*) from public.email_events)
from public.email_sends s group by s.created_by_user_id;

-- name: sms_result
select
    count(*) filter (where s.status = 'delivered' and s.delivered_at is not null and s.charged = 0.00881),
    count(*) filter (where s.sent_at < '2026-10-12T08:00:00.6Z'),
    (select count(*) from public.sms_events)
from public.sms_sends s group by s.created_by_user_id;
