-- name: list_sends
-- A page of recipients. The function checks that the caller is the sender.
select * from public.list_email_sends(%(channel_campaign_id)s, %(status)s, %(address)s, %(after)s, %(limit)s);

-- name: find_send
-- One recipient, with the columns of the list.
select * from public.list_email_sends(%(channel_campaign_id)s, p_email_send_id => %(send_id)s, p_limit => 1);

-- name: send_history
-- What led to its state. The function checks that the caller is the sender, and that there is such a recipient.
select public.email_send_history(%(channel_campaign_id)s, %(send_id)s);
