-- requires: policies/sending.sql, policies/inbound_messages.sql
-- Automatic answers: an outbox. That a call begins is committed before the one call; a worker that dies in between leaves
-- `unknown`, and nothing is sent twice.

create or replace function ddp.add_sms_replies(p_messages uuid[], p_kinds text[], p_countries text[], p_bodies text[])
    returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.sms_replies (inbound_message_id, identity, country, phone, phone_hash, kind, body, due_by)
    select
        m.inbound_message_id, m.identity, g.country, m.phone, m.phone_hash, g.kind, g.body,
        m.received_at + case g.kind when 'stop' then interval '5 minutes' else interval '1 hour' end
    from unnest(p_messages, p_kinds, p_countries, p_bodies) g (inbound_message_id, kind, country, body)
    join public.inbound_messages m on m.inbound_message_id = g.inbound_message_id
    order by m.inbound_message_id
    on conflict do nothing
$$;
comment on function ddp.add_sms_replies(uuid[], text[], text[], text[]) is
    'Adds automatic answers to messages that came in; the country is that of the identity''s row. Parallel arrays.';

create or replace function ddp.begin_sms_replies(p_limit integer, p_lease interval) returns table (
    sms_reply_id uuid, phone text, body text, due_by timestamptz, origin text, message_type text, dlt_entity_id text,
    price_per_part numeric
)
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update ddp.sms_replies r set outcome = 'unknown', ended_at = now(), phone = null
    where r.sms_reply_id = any (array(
        select o.sms_reply_id from ddp.sms_replies o
        where o.ended_at is null and o.started_at is not null and o.leased_until < now()
        for update skip locked
    ));
    update ddp.sms_replies r set outcome = 'too-late', ended_at = now(), phone = null
    where r.sms_reply_id = any (array(
        select o.sms_reply_id from ddp.sms_replies o
        where o.ended_at is null and o.started_at is null and o.due_by <= now()
        for update skip locked
    ));
    return query
    with due as (
        select o.sms_reply_id, row_number() over (partition by o.identity order by o.due_by) as place, o.identity, o.country
        from ddp.sms_replies o
        where o.ended_at is null and o.started_at is null and coalesce(o.leased_until, '-infinity') <= now()
            -- The provider refuses messages to a number that it has not taken back yet.
            and not (o.kind = 'start' and exists (
                select from ddp.opt_outs_to_push w where w.phone = o.phone and w.action = 'delete'
            ))
    ), begun as (
        update ddp.sms_replies r set started_at = clock_timestamp(), leased_until = clock_timestamp() + p_lease
        where r.sms_reply_id = any (array(
            select o.sms_reply_id
            from due d
            join ddp.sms_replies o on o.sms_reply_id = d.sms_reply_id
            left join public.origination_identities i on i.identity = d.identity and i.country = d.country
            where o.ended_at is null and o.started_at is null
                and d.place <= greatest(1, floor(coalesce(i.parts_per_second, 1)))
            order by o.due_by
            limit p_limit
            for update of o skip locked
        ))
        returning r.*
    )
    select
        b.sms_reply_id, b.phone::text, b.body::text, b.due_by, coalesce(i.provider_arn, b.identity)::text,
        coalesce(i.message_type, 'transactional')::text, i.dlt_entity_id::text,
        ddp.sms_price_of(b.country, i.kind, now())
    from begun b
    left join public.origination_identities i on i.identity = b.identity and i.country = b.country
    order by b.due_by;
end
$$;
comment on function ddp.begin_sms_replies(integer, interval) is
    'Marks due answers as started and returns them, of each identity as many as it may send in a second: commit, then call '
    'the provider once for each, and record the outcome within the lease. Settles those whose worker died (unknown) and those that are too late. price_per_part: US dollars; '
    'null: none is known.';

create or replace function ddp.record_sms_replies(
    p_replies uuid[], p_outcomes text[], p_message_ids text[], p_codes text[], p_later interval[]
) returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.sms_replies r
    set outcome = case when g.outcome <> 'retry' then g.outcome end,
        provider_message_id = g.message_id,
        failure_code = g.code,
        started_at = case when g.outcome <> 'retry' then r.started_at end,
        leased_until = case when g.outcome = 'retry' then now() + g.later end,
        ended_at = case when g.outcome <> 'retry' then coalesce(r.ended_at, now()) end,
        phone = case when g.outcome = 'retry' then r.phone end
    from unnest(p_replies, p_outcomes, p_message_ids, p_codes, p_later) g (sms_reply_id, outcome, message_id, code, later)
    where r.sms_reply_id = g.sms_reply_id and r.started_at is not null
        -- When the lease has ended, acceptance is all that is still news.
        and (r.ended_at is null or r.outcome = 'unknown' and g.outcome = 'sent')
$$;
comment on function ddp.record_sms_replies(uuid[], text[], text[], text[], interval[]) is
    'Records what became of started answers: sent, failed, unknown; or retry (certainly not accepted): due again after `later`. '
    'Parallel arrays.';

revoke all on function
    ddp.add_sms_replies(uuid[], text[], text[], text[]), ddp.begin_sms_replies(integer, interval),
    ddp.record_sms_replies(uuid[], text[], text[], text[], interval[])
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.add_sms_replies(uuid[], text[], text[], text[]), ddp.begin_sms_replies(integer, interval),
    ddp.record_sms_replies(uuid[], text[], text[], text[], interval[])
    to service_role;
