-- name: request
-- Requests a file. The function checks that the caller is the sender.
select * from public.request_email_export(%(channel_campaign_id)s, %(kind)s, %(statuses)s);

-- name: page
-- A page of the exports of a campaign that the caller may see.
select
    x.send_export_id, x.kind, x.state, x.row_count, left(x.failure_reason, 1000) as failure_reason, x.created_at, x.ended_at
from public.send_exports x
join public.send_plans p on p.send_plan_id = x.send_plan_id
where p.email_campaign_id = %(channel_campaign_id)s
    and (
        %(at)s::timestamptz is null
        or (x.created_at, x.send_export_id) < (%(at)s, %(id)s::uuid)
    )
order by x.created_at desc, x.send_export_id desc
limit %(limit)s;

-- name: get
-- One export of a campaign.
select x.* from public.send_exports x
join public.send_plans p on p.send_plan_id = x.send_plan_id
where p.email_campaign_id = %(channel_campaign_id)s and x.send_export_id = %(send_export_id)s;

-- name: begin
-- Counts an attempt, unless another worker has the export: also one that is killed during it counts.
with free as (
    select x.send_export_id from public.send_exports x
    where x.send_export_id = %(send_export_id)s and x.state = 'pending'
    for update skip locked
)
update public.send_exports x set attempts = x.attempts + 1
from free f
where x.send_export_id = f.send_export_id
returning x.attempts;

-- name: limit_silence
-- If the worker's machine is gone without a word, its transaction, and the lock with it, ends after this silence.
select set_config('idle_in_transaction_session_timeout', %(silence)s, true);

-- name: put_off
-- A message about the export comes after the delay.
update public.send_exports set queued_at = clock_timestamp() + %(delay)s where send_export_id = %(send_export_id)s;

-- name: take
-- A pending export. It stays locked until its file is written, so that a second worker finds nothing to do.
select x.send_export_id, p.channel::text as channel, x.kind, x.statuses, p.send_plan_id, p.created_by_user_id,
    coalesce(p.email_campaign_id, p.sms_campaign_id) as channel_campaign_id
from public.send_exports x
join public.send_plans p on p.send_plan_id = x.send_plan_id
where x.send_export_id = %(send_export_id)s and x.state = 'pending'
for update of x skip locked;

-- part: email_columns
s.recipient_email as email, s.recipient_name as name, s.status::text as status, s.attempt::text as attempt,
    to_char(s.not_before at time zone 'UTC', %(iso)s) as not_before, to_char(s.sent_at at time zone 'UTC', %(iso)s) as sent_at,
    to_char(s.delivered_at at time zone 'UTC', %(iso)s) as delivered_at, to_char(s.opened_at at time zone 'UTC', %(iso)s) as opened_at,
    to_char(s.machine_opened_at at time zone 'UTC', %(iso)s) as machine_opened_at, to_char(s.clicked_at at time zone 'UTC', %(iso)s) as clicked_at,
    to_char(s.bounced_at at time zone 'UTC', %(iso)s) as bounced_at, s.bounce_reason, to_char(s.complained_at at time zone 'UTC', %(iso)s) as complained_at,
    to_char(s.unsubscribed_at at time zone 'UTC', %(iso)s) as unsubscribed_at, to_char(s.failed_at at time zone 'UTC', %(iso)s) as failed_at, s.failure_code,
    s.failure_reason, to_char(s.unknown_at at time zone 'UTC', %(iso)s) as unknown_at, s.provider_message_id,
    ddp.variant_letter(s.variant) as variant, s.email_send_id::text as email_send_id

-- part: sms_columns
s.recipient_phone as phone, s.recipient_name as name, s.country::text as country, s.status::text as status,
    s.attempt::text as attempt, s.encoding::text as encoding, s.units::text as parts, s.price::text as price_usd,
    ddp.sms_charged(s)::text as charged_usd, (
        select o.identity from ddp.plan_origins o
        join public.send_plans p on p.send_plan_id = o.send_plan_id
        where p.sms_campaign_id = s.sms_campaign_id and o.country = s.country
    )::text as sender,
    to_char(s.not_before at time zone 'UTC', %(iso)s) as not_before, to_char(s.sent_at at time zone 'UTC', %(iso)s) as sent_at,
    to_char(s.delivered_at at time zone 'UTC', %(iso)s) as delivered_at, to_char(s.clicked_at at time zone 'UTC', %(iso)s) as clicked_at,
    to_char(s.unsubscribed_at at time zone 'UTC', %(iso)s) as unsubscribed_at, to_char(s.failed_at at time zone 'UTC', %(iso)s) as failed_at,
    s.failure_code, s.failure_reason, to_char(s.unknown_at at time zone 'UTC', %(iso)s) as unknown_at, s.provider_message_id,
    ddp.variant_letter(s.variant) as variant, s.sms_send_id::text as sms_send_id

-- name: recipients
-- The rows of an export of recipients.
select {email_columns}
from public.email_sends s
where s.created_by_user_id = %(owner)s and s.email_campaign_id = %(channel_campaign_id)s
    and (cardinality(%(statuses)s::text[]) = 0 or s.status = any (%(statuses)s::public.email_send_status[]))
order by s.recipient_email;

-- name: rejections
-- The rows of an export of rejected records.
select r.line::text as line, r.code, r.reason, r.value
from ddp.send_plan_rejections r
where r.send_plan_id = %(send_plan_id)s
order by r.line;

-- name: settle_ready
-- Marks an export as ready.
update public.send_exports set state = 'ready', object_key = %(object_key)s, row_count = %(row_count)s, ended_at = now()
where send_export_id = %(send_export_id)s and state = 'pending';

-- name: settle_failed
-- Marks an export as failed.
update public.send_exports set state = 'failed', failure_reason = %(reason)s, ended_at = now()
where send_export_id = %(send_export_id)s and state = 'pending';
