-- name: subscription
-- What the page behind an opt-out link shows.
select sender_name, is_shared, has_left from ddp.sms_subscription(%(code)s);

-- name: stop
-- Stops messages to the recipient of a link.
select ddp.stop_by_link(%(code)s);

-- name: link
-- Where a link in a message leads.
select sms_send_id, url, sent_at, is_tracked from ddp.sms_link(%(code)s, %(link_no)s::smallint);

-- name: note_click
-- Records that a link was followed.
select ddp.note_sms_click(%(sms_send_id)s, %(event_id)s, %(link_no)s::smallint, %(agent)s, %(is_machine)s);
