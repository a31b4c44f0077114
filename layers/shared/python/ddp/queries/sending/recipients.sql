-- part: email_columns
time_zone

-- part: email_values
(%(run_time_zone)s::text[])[g.run]

-- part: email_member
address, name, time_zone, '' as country

-- part: sms_columns
time_zone, clock_id, bucket, units, price, encoding, country, link_code

-- part: sms_values
(%(run_time_zone)s::text[])[g.run], (%(run_clock_id)s::integer[])[g.run], (%(run_bucket)s::text[])[g.run],
        (%(run_units)s::smallint[])[g.run], (%(run_price)s::numeric[])[g.run], (%(run_encoding)s::text[])[g.run],
        (%(run_country)s::text[])[g.run],
        -- 56 random bits; who guesses one can make one number get no more messages, or follow a link.
        case when (%(run_has_link)s::boolean[])[g.run]
            then left(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/', 'Zz'), 10) end

-- part: sms_member
(select coalesce(u.profile_data ->> 'phone', '') from public.users u where u.user_id = m.user_id) as address, name, time_zone,
    (select coalesce(u.profile_data ->> 'country_code', '') from public.users u where u.user_id = m.user_id) as country

-- name: add_batch
-- Inserts recipients, chunks, rejections and the batch itself in one statement.
with given as materialized (
    select g.address, g.name, g.hash, g.data, g.place,
        width_bucket(g.place, %(first_places)s::bigint[]) as part,  -- each part holds from its first place on
        exists (
            select from public.suppressions x
            where x.address_hash = g.hash and x.channel = 'email'
                and (x.owner_user_id is null or x.owner_user_id = %(owner)s)
                and ddp.email_heeds(
                    (select p.message_type from public.send_plans p where p.send_plan_id = %(send_plan_id)s), x.reason
                )
        ) as is_suppressed
    from unnest(%(addresses)b::text[], %(names)b::text[], %(hashes)b::bytea[], %(data)b::text[])
        with ordinality g (address, name, hash, data, place)
), added as (
    insert into public.email_sends (
        email_campaign_id, created_by_user_id, recipient_email, recipient_name, recipient_hash, template_data, chunk_no,
        not_before, variant, status, {email_columns}
    )
    select %(channel_campaign_id)s, %(owner)s, g.address, nullif(g.name, ''), g.hash, g.data::jsonb,
        -- A chunk has one bucket, and one variant.
        (
            (%(lane_chunks)s::bigint[])[g.run]
            + (%(lane_steps)s::bigint[])[g.run] * ((g.place - (%(lane_places)s::bigint[])[g.run]) / %(chunk_size)s)
        )::integer,
        (%(part_not_before)s::timestamptz[])[g.part], (%(run_variant)s::smallint[])[g.run],
        (case when g.is_suppressed then 'suppressed' else 'pending' end)::public.email_send_status, {email_values}
    from (select given.*, (%(part_runs)s::integer[])[given.part] as run from given) g
    on conflict (email_campaign_id, recipient_email) do nothing
    returning chunk_no, bucket, variant, not_before, status
), chunks as (
    insert into ddp.send_chunks (send_plan_id, chunk_no, channel, bucket, sender_user_id, due_at)
    select
        %(send_plan_id)s, a.chunk_no, 'email', a.bucket, %(owner)s,
        -- The rest of an A/B test waits until its winner is chosen.
        min(a.not_before) filter (where a.status = 'pending' and (a.variant is not null or not %(rest_waits)s))
    from added a
    group by a.chunk_no, a.bucket
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
    %(last_chunk_no)s, c.planned, c.suppressed, %(duplicates)s + %(given)s - c.added, (select count(*) from rejected)
from counted c
returning planned, suppressed, duplicates, rejected;

-- name: audience
-- A page of a target audience.
select user_id as member_id, {email_member}
from ddp.audience_members(
    %(campaign_id)s, %(owner)s, %(by_admin)s, %(criteria)s, %(after_user_id)s, %(limit)s
) m;

-- name: earlier
-- A page of a group of an earlier send's recipients, by address: an index has them in this order. Where the message with
-- the id was erased meanwhile, its place is not known, and they are read from the beginning; who is planned stays so.
select p.member_id, p.address, p.name, p.time_zone, p.data
from (
    select g.*, sum(length(g.data)) over (order by g.address) - length(g.data) as characters_before
    from (
        select s.email_send_id as member_id, s.recipient_email as address, coalesce(s.recipient_name, '') as name,
            coalesce(s.time_zone, '') as time_zone, s.template_data::text as data
        from ddp.email_group_of(%(earlier_id)s, %(owner)s, %(who)s) s
        where s.recipient_email > coalesce(
            (select o.recipient_email from public.email_sends o where o.email_send_id = %(after)s and o.erased_at is null), ''
        )
        order by s.recipient_email
        limit %(limit)s
    ) g
) p
where p.characters_before < %(characters)s
order by p.address;

-- name: in_group
-- Those of these addresses that belong to a group of an earlier send's recipients.
select s.recipient_email as address
from ddp.email_group_of(%(earlier_id)s, %(owner)s, %(who)s) s
where s.recipient_email = any (%(addresses)s::text[]);

-- name: earlier_is_gone
-- Whether the recipients of an earlier send were removed.
select ddp.recipients_are_gone(%(earlier_plan_id)s);

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
