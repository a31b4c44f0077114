-- name: request_email
-- Requests test sends. The function checks that the caller may send the draft.
select * from public.request_test_sends(%(channel_campaign_id)s, %(recipients)s, %(template_data)s);

-- name: request_sms
-- The same for SMS.
select * from public.request_sms_test_sends(%(channel_campaign_id)s, %(recipients)s, %(template_data)s);

-- part: email_page_columns
email_test_send_id, recipient_email, status, left(failure_reason, 1000) as failure_reason, created_at, ended_at

-- part: sms_page_columns
sms_test_send_id, recipient_phone, status, units as parts, price, left(failure_reason, 1000) as failure_reason,
    created_at, ended_at

-- name: page
-- A page of the test sends of a draft.
select {email_page_columns}
from public.email_test_sends
where email_campaign_id = %(channel_campaign_id)s
    and (
        %(at)s::timestamptz is null
        or (created_at, email_test_send_id) < (%(at)s, %(id)s::uuid)
    )
order by created_at desc, email_test_send_id desc
limit %(limit)s;

-- part: email_may_send
ddp.may_send_from(b.created_by_user_id, e.sender_email)

-- part: sms_may_send
(e.message_type = 'promotional' or exists (
        select from public.senders s
        where s.user_id = b.created_by_user_id and s.channel = 'sms' and s.may_send_transactional
    ))

-- name: begin
-- Marks a test send as begun, once. If its draft was deleted, marks it as failed.
with begun as (
    update public.email_test_sends t
    set started_at = now(), status = 'sending', leased_until = clock_timestamp() + %(lease)s
    where t.email_test_send_id = %(test_send_id)s and t.started_at is null and t.ended_at is null
        and t.email_campaign_id is not null
    returning t.*
), deleted as (
    update public.email_test_sends t
    set status = 'failed', ended_at = now(), failure_reason = 'Its draft was deleted.'
    where t.email_test_send_id = %(test_send_id)s and t.ended_at is null and t.email_campaign_id is null
)
select
    b.email_test_send_id as test_send_id, b.created_by_user_id, b.recipient_email as recipient, b.template_data,
    to_jsonb(e) as draft,
    (select ddp.shown_sender(u) from public.users u where u.user_id = b.created_by_user_id) as sender_profile,
    (select ddp.filled_slots(t, e.slots) from public.templates t where t.template_id = e.template_id) as slots,
    -- Checked again: the draft, and what its sender may do, may have changed since.
    {email_may_send} as may_send
from begun b
join public.email_campaigns e using (email_campaign_id)

-- name: renew
-- The worker is still at it.
update public.email_test_sends set leased_until = clock_timestamp() + %(lease)s
where email_test_send_id = %(test_send_id)s and ended_at is null;

-- name: is_suppressed
-- Whether an address is suppressed for a test send.
select exists (
    select from public.suppressions x
    where x.address_hash = %(address_hash)s and x.channel = 'email'
        and (x.owner_user_id is null or x.owner_user_id = %(owner)s)
) as is_suppressed

-- name: finish
-- Stores the result.
update public.email_test_sends t
set status = %(status)s, provider_message_id = %(message_id)s, failure_reason = %(reason)s, ended_at = now()
where t.email_test_send_id = %(test_send_id)s

-- name: waiting
-- Test sends that no queue has a hint about.
select unnest(ddp.waiting_email_tests()) as test_send_id

-- name: mark_queued
-- Records that the queue has hints about these test sends.
select ddp.mark_email_tests_queued(%(tests)s)

-- name: end_lost
-- Marks test sends as unknown that a worker did not finish.
select ddp.end_lost_email_tests()
