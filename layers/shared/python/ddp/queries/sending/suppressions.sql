-- What senders see of suppressions and do to them by hand.

-- name: suppress
select public.suppress_address(%(address_hash)s) as suppression_id;

-- name: check_address
select public.check_address(%(address_hash)s) as outcome;

-- name: list_own
select suppression_id, channel, reason, email_send_id, created_at from public.suppressions
where owner_user_id = (select auth.uid())
    and (%(at)s::timestamptz is null or (created_at, suppression_id) < (%(at)s, %(id)s))
order by created_at desc, suppression_id desc
limit %(limit)s;

-- name: remove
select public.remove_suppression(%(suppression_id)s);
