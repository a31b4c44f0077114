-- name: may_send_transactional
-- Whether an administrator lets the caller send transactional SMS.
select coalesce(
    (
        select s.may_send_transactional from public.senders s
        where s.user_id = (select ddp.active_user_id()) and s.channel = 'sms'
    ),
    false
);

-- name: origins
-- What a draft's messages to these countries would come from and cost. The function checks that the caller is its sender.
select country, identity, kind, price_per_part, opt_out, is_two_way, problem, windows
from public.preview_sms_origins(%(sms_campaign_id)s, %(countries)s);

-- name: test_origin
-- The same for a test send, for the worker that makes it.
select o.country, o.identity, o.kind, o.bucket, o.provider_arn, o.price_per_part, o.opt_out, o.dlt_entity_id
from public.sms_campaigns c
cross join lateral ddp.sms_origins(ddp.plan_of_draft(c), array[%(country)s::text]) o
where c.sms_campaign_id = %(sms_campaign_id)s;

-- name: reserve_test
-- Counts the price of a test send in its sender's month, if it fits.
select ddp.reserve_sms_test(%(test_send_id)s, %(parts)s::smallint, %(price)s);
