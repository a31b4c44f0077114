-- Orders that a campaign led to, and the keys with which a shop reports them.

-- name: record_own
-- Records the acting retailer's orders; one outcome per order, in their order.
select r.outcome, r.campaign_id, r.email_campaign_id, r.sms_campaign_id
from ddp.record_own_conversions(%(items)s) r
order by r.position;

-- name: record_of_shop
-- The same for a report whose signature was verified, once per signature.
select r.outcome, r.campaign_id, r.email_campaign_id, r.sms_campaign_id
from ddp.record_hook_conversions(%(retailer_id)s, %(signature)s, %(items)s) r
order by r.position;

-- name: key_ids
-- The keys that a retailer's shop may sign with now.
select key_id from ddp.conversion_keys_of(%(retailer_id)s);

-- name: count_pixel
-- Counts that the customer of a message reached the page of thanks.
select ddp.count_pixel(%(send_id)s);

-- name: rotate_key
-- Makes a key for the acting retailer's shop; the others end `delay` from now, by the database's clock, which also bounds it.
with made as materialized (
    select public.rotate_conversion_key(now() + %(delay)s) as key_id
)
select m.key_id, ddp.active_user_id() as retailer_id from made m;

-- name: list_keys
-- The acting retailer's keys that have not ended, the newest first.
select k.key_id, k.created_at, nullif(k.ends_at, 'infinity') as ends_at
from public.conversion_keys k
where k.retailer_id = (select ddp.active_user_id()) and k.ends_at > now()
order by k.created_at desc;

-- name: list_own
-- The acting retailer's orders, newest first, after the cursor (at, id).
select c.conversion_id, c.campaign_id, c.email_campaign_id, c.sms_campaign_id, c.order_id, c.kind, c.value, c.currency,
    c.occurred_at, c.recorded_at
from public.conversions c
where c.retailer_id = (select ddp.active_user_id())
    and (%(at)s::timestamptz is null or (c.occurred_at, c.conversion_id) < (%(at)s, %(id)s))
order by c.occurred_at desc, c.conversion_id desc
limit %(limit)s;

-- name: currency
-- The platform's currency.
select ddp.currency() as currency;
