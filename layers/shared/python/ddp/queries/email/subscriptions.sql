-- name: subscription
-- What the unsubscribe page shows.
select sender_name, left_sender, left_everything, is_barred
from ddp.subscription(%(owner_user_id)s, %(recipient_hash)s, %(email_send_id)s);

-- name: unsubscribe
-- Suppresses the recipient, for the link's sender or for everyone.
select ddp.unsubscribe(%(owner_user_id)s, %(recipient_hash)s, %(email_send_id)s, %(everything)s);

-- name: resubscribe
-- Undoes an unsubscription of the same scope.
select ddp.resubscribe(%(owner_user_id)s, %(recipient_hash)s, %(email_send_id)s, %(everything)s);
