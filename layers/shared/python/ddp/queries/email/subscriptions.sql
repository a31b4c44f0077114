-- What recipients do with the links in their messages.

-- name: subscription
select sender_name, left_sender, left_everything, is_barred
from ddp.subscription(%(owner_user_id)s, %(recipient_hash)s, %(email_send_id)s);

-- name: unsubscribe
select ddp.unsubscribe(%(owner_user_id)s, %(recipient_hash)s, %(email_send_id)s, %(everything)s);

-- name: resubscribe
select ddp.resubscribe(%(owner_user_id)s, %(recipient_hash)s, %(email_send_id)s, %(everything)s);
