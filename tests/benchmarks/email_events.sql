-- A ledger of sent messages, and a bare UPDATE that settles them.

-- name: platform
insert into public.users (user_id, user_email, user_name, user_type, is_active)
values (%(owner)s, %(owner)s || '@seed.example', 'Brand', 'brand', true);

-- name: campaign
insert into public.campaigns (campaign_id, campaign_name, created_by_user_id, campaign_status, start_date)
values (%(owner)s, 'Spring', %(owner)s, 'active', now());

-- name: email_campaign
insert into public.email_campaigns (
    email_campaign_id, campaign_id, email_subject, email_content, sender_email, created_by_user_id
)
values (%(owner)s, %(owner)s, 'Spring', '<p>Spring</p>', 'news@seed.example', %(owner)s);

-- name: sends
insert into public.email_sends (
    email_send_id, email_campaign_id, created_by_user_id, recipient_email, recipient_hash, status, sent_at,
    accepted_attempts, provider_message_id, chunk_no
)
select i.id, %(owner)s, %(owner)s, n || '@seed.example', sha256(n::text::bytea), 'sent', '2026-10-12T08:00:00.6Z', 1,
    'message-' || i.id || '-1', n / 500 + 1
from generate_series(1, %(count)s) n
cross join lateral (select gen_random_uuid() as id where n > 0) i
returning email_send_id::text;

-- name: bare_update
update public.email_sends s
set status = g.status, delivered_at = coalesce(g.delivered_at, s.delivered_at),
    opened_at = coalesce(g.opened_at, s.opened_at)
from unnest(
    %(sends)s::uuid[], %(statuses)s::public.email_send_status[], %(delivered_at)s::timestamptz[],
    %(opened_at)s::timestamptz[]
) g (email_send_id, status, delivered_at, opened_at)
where s.email_send_id = g.email_send_id;

-- name: result
select
    count(*) filter (where s.status = 'opened' and s.delivered_at is not null and s.opened_at is not null),
    count(*) filter (where s.opened_at > s.delivered_at),
    (select count(*) from public.email_events)
from public.email_sends s group by s.created_by_user_id;
