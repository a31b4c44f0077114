-- name: get
-- What the planner needs to know about a plan, or about what would be one: a forecast.
select p.send_plan_id, coalesce(p.email_campaign_id, p.sms_campaign_id) as channel_campaign_id, p.created_by_user_id,
    p.campaign_id, p.audience, p.content,
    p.text_content, p.attachments <> '[]' as has_attachments, p.prepared_text is not null as is_prepared, u.user_type = 'admin' as by_admin,
    p.test_share,
    case when p.test_share is null then '[]' else ddp.variants_of(p.send_plan_id) end as variants,
    p.planned_at is not null or p.cancelled_at is not null or p.failed_at is not null as is_over,
    -- Day breaks 14 hours before UTC on the Line Islands, and a plan's own zone may be 12 hours behind it.
    extract(epoch from p.scheduled_at - case when p.in_recipient_time_zone then interval '26 hours' else '0' end - now())
        ::double precision as seconds_until_audience,
    p.spread_over,
    p.request_id,
    f.content_sha256 as file_sha256
from ddp.frozen_plan(%(send_plan_id)s) p
join public.users u on u.user_id = p.created_by_user_id
left join public.files f on p.audience ->> 'source' = 'file' and f.file_id = (p.audience ->> 'file_id')::uuid
    and f.created_by_user_id = p.created_by_user_id
where p.channel = %(channel)s;

-- name: take
-- Gives the plan to one planner, until its lease ends. A lease that nobody gave back is one that a planner lost.
update public.send_plans p
set leased_until = clock_timestamp() + %(lease)s, lost_after_batch = b.batch_no,
    lost_leases = case when p.lost_after_batch = b.batch_no then p.lost_leases else 0 end
        + (p.leased_until is not null)::integer
from (
    select coalesce(max(b.batch_no), 0) as batch_no from ddp.send_plan_batches b where b.send_plan_id = %(send_plan_id)s
) b
where p.send_plan_id = %(send_plan_id)s and (p.leased_until is null or p.leased_until < clock_timestamp())
    and p.planned_at is null and p.cancelled_at is null and p.failed_at is null
returning p.lost_leases;

-- name: renew
-- The planner is still at work.
update public.send_plans set leased_until = clock_timestamp() + %(lease)s where send_plan_id = %(send_plan_id)s;

-- name: release
-- The planner has ended. If the plan is not planned yet, a message about it comes after the delay.
update public.send_plans set leased_until = null, queued_at = clock_timestamp() + %(delay)s
where send_plan_id = %(send_plan_id)s;

-- name: store_prepared
-- Stores the content as it will be rendered, unless another planner has.
update public.send_plans set prepared_html = %(html)s, prepared_text = %(text)s, call_size = %(call_size)s
where send_plan_id = %(send_plan_id)s and prepared_text is null;  -- SMS has no HTML

-- name: store_prepared_variant
-- Stores the content of a variant as it will be rendered.
update ddp.plan_variants set prepared_html = %(html)s, prepared_text = %(text)s
where send_plan_id = %(send_plan_id)s and variant = %(variant)s;

-- name: lock_plan
-- Keeps other planners of the plan out until the transaction ends.
select pg_advisory_xact_lock(hashtextextended('ddp.send_plans ' || %(send_plan_id)s::text, 0));

-- name: note_service
-- Records that planning resumed after an interruption. It runs before the plan's row is share-locked, because two
-- transactions that share a row lock and then both change the row wait for each other.
update public.send_plans p set resumed_at = now()
where p.send_plan_id = %(send_plan_id)s
    and not exists (
        select from ddp.send_plan_batches b
        where b.send_plan_id = p.send_plan_id and b.created_at > now() - interval '10 minutes'
    );

-- name: progress
-- The progress of planning. A cancellation changes the plan's row first and then its recipients, so it either waits for
-- this transaction or is seen by it.
select p.cancelled_at is not null as is_cancelled, p.planned_at is not null or p.failed_at is not null as is_over,
    coalesce(b.batch_no, 0) as batch_no, coalesce(b.records_read, 0) as records_read, b.after_user_id,
    coalesce(b.last_chunk_no, 0) as last_chunk_no, p.test_share is not null and p.winner is null as rest_waits
from public.send_plans p
left join lateral (
    select b.* from ddp.send_plan_batches b where b.send_plan_id = p.send_plan_id order by b.batch_no desc limit 1
) b on true
where p.send_plan_id = %(send_plan_id)s
for share of p;

-- name: finish
-- Marks a plan as planned. Without recipients it stays unchanged.
with counted as (
    select sum(b.planned + b.suppressed) as recipients, sum(b.rejected) as rejected
    from ddp.send_plan_batches b
    where b.send_plan_id = %(send_plan_id)s
), planned as (
    update public.send_plans p set planned_at = now()
    from counted c
    where p.send_plan_id = %(send_plan_id)s and p.planned_at is null and p.cancelled_at is null and p.failed_at is null
        and c.recipients > 0
)
select coalesce(c.recipients, 0) as recipients, coalesce(c.rejected, 0) as rejected from counted c;

-- name: call_chunks
-- Calls the chunks of a plan that waited for all recipients.
select ddp.call_chunks(array[p.send_plan_id])
from public.send_plans p
where p.send_plan_id = %(send_plan_id)s and p.planned_at is not null and p.starts_when_planned;

-- name: hold_dear
-- A plan whose messages cost more than a budget leaves does not start.
select ddp.hold_dear_plan(%(send_plan_id)s);

-- name: fail
-- Marks a plan as failed.
update public.send_plans set failed_at = now(), failure_code = %(code)s, failure_reason = %(reason)s
where send_plan_id = %(send_plan_id)s and planned_at is null and cancelled_at is null and failed_at is null;

-- name: request_id
-- The id of the request that asked for the send.
select p.request_id from public.send_plans p where p.send_plan_id = %(send_plan_id)s;
