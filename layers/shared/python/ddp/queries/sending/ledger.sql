-- name: list_sends
-- A page of recipients. The function checks that the caller is the sender.
select * from public.list_email_sends(%(channel_campaign_id)s, %(status)s, %(address)s, %(after)s, %(limit)s);
