-- name: times
-- When recipients in each of these time zones may get the plan's message.
select z.zone, k.known, ddp.recipient_not_before(p, coalesce(k.known, p.time_zone)) as not_before
from unnest(%(zones)s::text[]) z (zone)
cross join lateral (select case when ddp.is_time_zone(z.zone) then z.zone end as known) k
cross join public.send_plans p
where p.send_plan_id = %(send_plan_id)s;

-- name: add_batch
-- Inserts recipients, chunks, rejections and the batch itself in one statement.
with given as materialized (
    -- The recipients are in the order of their times: each time holds from its first place on.
    select g.address, g.name, g.hash, g.data,
        (%(times)s::timestamptz[])[width_bucket(g.place, %(first_places)s::bigint[])] as not_before,
        (%(zones)s::text[])[width_bucket(g.place, %(first_places)s::bigint[])] as time_zone,
        (%(last_chunk_no)s + 1 + (g.place - 1) / %(chunk_size)s)::integer as chunk_no,
        exists (
            select from public.suppressions x
            where x.address_hash = g.hash and x.channel = 'email'
                and (x.owner_user_id is null or x.owner_user_id = %(owner)s)
        ) as is_suppressed
    from unnest(%(addresses)b::text[], %(names)b::text[], %(hashes)b::bytea[], %(data)b::text[])
        with ordinality g (address, name, hash, data, place)
), added as (
    insert into public.email_sends (
        email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, time_zone,
        template_data, chunk_no, not_before, status
    )
    select %(channel_campaign_id)s, %(owner)s, g.address, nullif(g.name, ''), g.hash, g.time_zone, g.data::jsonb,
        g.chunk_no, g.not_before, (case when g.is_suppressed then 'suppressed' else 'pending' end)::public.email_send_status
    from given g
    on conflict (email_campaign_id, recipient_email) do nothing
    returning chunk_no, not_before, status
), chunks as (
    insert into ddp.send_chunks (send_plan_id, chunk_no, channel, bucket, sender_user_id, due_at)
    select %(send_plan_id)s, a.chunk_no, 'email', 'email', %(owner)s, min(a.not_before) filter (where a.status = 'pending')
    from added a
    group by a.chunk_no
), rejected as (
    insert into ddp.send_plan_rejections (send_plan_id, line, code, reason, value)
    select %(send_plan_id)s, r.line, r.code, r.reason, r.value
    from unnest(%(lines)s::bigint[], %(codes)s::text[], %(reasons)s::text[], %(values)s::text[]) r (line, code, reason, value)
    returning line
), counted as (
    select count(*) filter (where a.status = 'pending') as planned,
        count(*) filter (where a.status = 'suppressed') as suppressed, count(*) as added
    from added a
)
insert into ddp.send_plan_batches (
    send_plan_id, batch_no, records_read, after_user_id, last_chunk_no, planned, suppressed, duplicates, rejected
)
select %(send_plan_id)s, %(batch_no)s, %(records_read)s, %(after_user_id)s,
    %(last_chunk_no)s + ceil(%(given)s::numeric / %(chunk_size)s), c.planned, c.suppressed,
    %(duplicates)s + %(given)s - c.added, (select count(*) from rejected)
from counted c
returning planned, suppressed, duplicates, rejected;

-- name: audience
-- A page of a target audience.
select user_id, address, name, time_zone
from ddp.audience_members(
    %(campaign_id)s, %(owner)s, %(by_admin)s, %(criteria)s, %(after_user_id)s, %(limit)s
);

-- name: store_total
-- Shows the number of planned recipients on their campaign.
update public.email_campaigns set total_recipients = %(recipients)s
where email_campaign_id = %(channel_campaign_id)s;

-- name: clear_pending
-- Cancels the pending recipients of a plan that was cancelled or has failed.
with plan as (
    select p.send_plan_id, p.email_campaign_id, p.created_by_user_id
    from public.send_plans p
    where p.send_plan_id = %(send_plan_id)s and (p.cancelled_at is not null or p.failed_at is not null)
), cancelled as (
    update public.email_sends s set status = 'cancelled'
    from plan p
    where s.created_by_user_id = p.created_by_user_id and s.email_campaign_id = p.email_campaign_id
        and s.status = 'pending'
)
update ddp.send_chunks c set due_at = null
from plan p
where c.send_plan_id = p.send_plan_id and c.due_at is not null;

-- name: complete
-- Marks plans as complete whose recipients are all settled.
select ddp.complete_email_plans(%(send_plan_ids)s);
