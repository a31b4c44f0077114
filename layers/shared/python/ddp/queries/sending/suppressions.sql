-- name: suppress
-- Suppresses an address for the caller.
select public.suppress_address(%(address_hash)s, %(channel)s) as suppression_id;

-- name: check_address
-- Whether an address is suppressed for the caller.
select public.check_address(%(address_hash)s, %(channel)s) as outcome;

-- name: list_own
-- A page of the caller's suppressions.
select suppression_id, channel, reason, email_send_id, sms_send_id, created_at from public.suppressions
where owner_user_id = (select ddp.active_user_id())
    and (%(channel)s::public.message_channel is null or channel = %(channel)s)
    and (%(reason)s::public.suppression_reason is null or reason = %(reason)s)
    and (%(at)s::timestamptz is null or (created_at, suppression_id) < (%(at)s, %(id)s))
order by created_at desc, suppression_id desc
limit %(limit)s;

-- name: remove
-- Removes a suppression.
select public.remove_suppression(%(suppression_id)s);
