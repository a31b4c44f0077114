-- name: claim
-- One task's recipients.
update public.email_sends set status = 'sending'
where email_send_id = any (%(ids)s::uuid[]) and status = 'pending'
returning email_send_id, recipient_email, recipient_name, recipient_hash, template_data

-- name: recipients
select email_send_id::text from public.email_sends where email_campaign_id = any (%(email_campaign_ids)s)

-- name: progress
-- Whether all are sent, and the seconds per recipient, from the first to the last.
select bool_and(status = 'sent'), extract(epoch from max(sent_at) - min(sent_at))::float8 / count(*)
from public.email_sends
where email_campaign_id = any (%(email_campaign_ids)s)
