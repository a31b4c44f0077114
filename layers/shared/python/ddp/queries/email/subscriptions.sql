-- name: subscription
-- What the unsubscribe page shows.
select
    sender_name, left_sender, left_everything, may_return_to_sender, may_return_to_everything, is_barred
from ddp.subscription(%(email_send_id)s);

-- name: unsubscribe
-- Suppresses the recipient of a message, for its sender or for everyone.
select ddp.unsubscribe(%(email_send_id)s, %(everything)s);

-- name: resubscribe
-- Undoes an unsubscription of the same scope by the same message's link.
select ddp.resubscribe(%(email_send_id)s, %(everything)s);
