-- name: request
-- Requests test sends. The function checks that the caller may send the draft.
select * from public.request_test_sends(%(email_campaign_id)s, %(recipients)s, %(template_data)s);

-- name: page
-- A page of the test sends of a draft.
select email_test_send_id, recipient_email, status, left(failure_reason, 1000) as failure_reason, created_at, ended_at
from public.email_test_sends
where email_campaign_id = %(email_campaign_id)s
    and (
        %(at)s::timestamptz is null
        or (created_at, email_test_send_id) < (%(at)s, %(id)s::uuid)
    )
order by created_at desc, email_test_send_id desc
limit %(limit)s;

-- name: begin
-- Marks a test send as begun, once. If its draft was deleted, marks it as failed.
with begun as (
    update public.email_test_sends t
    set started_at = now(), status = 'sending', leased_until = clock_timestamp() + %(lease)s
    where t.email_test_send_id = %(email_test_send_id)s and t.started_at is null and t.ended_at is null
        and t.email_campaign_id is not null
    returning t.*
), deleted as (
    update public.email_test_sends t
    set status = 'failed', ended_at = now(), failure_reason = 'Its draft was deleted.'
    where t.email_test_send_id = %(email_test_send_id)s and t.ended_at is null and t.email_campaign_id is null
)
select
    b.email_test_send_id, b.created_by_user_id, b.recipient_email, b.template_data, e.email_subject as subject,
    e.email_content as html, to_jsonb(e) ->> 'text_content' as text, e.sender_email as sender, e.sender_name,
    -- Checked again: the draft may have changed since, and SES sends from any address that any user has verified.
    ddp.may_send_from(b.created_by_user_id, e.sender_email) as may_send
from begun b
join public.email_campaigns e using (email_campaign_id)

-- name: renew
-- The worker is still at it.
update public.email_test_sends set leased_until = clock_timestamp() + %(lease)s
where email_test_send_id = %(email_test_send_id)s and ended_at is null;

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
where t.email_test_send_id = %(email_test_send_id)s

-- name: waiting
-- Test sends that no queue has a hint about.
select unnest(ddp.waiting_email_tests()) as email_test_send_id

-- name: mark_queued
-- Records that the queue has hints about these test sends.
select ddp.mark_email_tests_queued(%(tests)s)

-- name: end_lost
-- Marks test sends as unknown that a worker did not finish.
select ddp.end_lost_email_tests()
