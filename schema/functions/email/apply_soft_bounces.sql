-- requires: functions/suppress_addresses.sql
-- requires: policies/sending.sql, policies/email_sends.sql
-- Soft bounces, and SMS that could not be delivered. They are told from the times of the last few, so that the order in which they are learnt does not matter.

drop function if exists ddp.apply_soft_bounces(bytea[], uuid[], timestamptz[], timestamptz[], uuid[]);
create or replace function ddp.apply_soft_bounces(
    p_channel public.message_channel, p_hashes bytea[], p_owners uuid[], p_bounced_at timestamptz[], p_delivered_at timestamptz[], p_sends uuid[]
) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_in_a_row constant integer := 5;  -- a single soft bounce may be a full mailbox, or a server that is down for a day
    v_suppressed bigint;
begin
    perform from ddp.soft_bounces known
    join (
        select distinct given.address_hash, given.owner_user_id
        from unnest(p_hashes, p_owners) given (address_hash, owner_user_id)
    ) address on address.address_hash = known.address_hash and address.owner_user_id = known.owner_user_id
    order by known.address_hash, known.owner_user_id
    for no key update of known;

    -- greatest() skips nulls, here and below: an address may have no known delivery, or none in this batch.
    with delivered as (
        select given.address_hash, given.owner_user_id, max(given.delivered_at) as delivered_at
        from unnest(p_hashes, p_owners, p_delivered_at) given (address_hash, owner_user_id, delivered_at)
        group by 1, 2
    )
    update ddp.soft_bounces known
    set last_delivered_at = greatest(known.last_delivered_at, delivered.delivered_at),
        in_a_row = (
            select count(*) from unnest(known.recent) bounce (at)
            where bounce.at > greatest(known.last_delivered_at, delivered.delivered_at)
        )
    from delivered
    where known.address_hash = delivered.address_hash and known.owner_user_id = delivered.owner_user_id
        and (known.last_delivered_at is null or known.last_delivered_at < delivered.delivered_at);

    with bounced as materialized (
        select
            given.address_hash, given.owner_user_id, array_agg(distinct given.bounced_at) as bounced_at,
            max(given.delivered_at) as delivered_at,
            (array_agg(given.send_id order by given.bounced_at desc))[1] as send_id
        from unnest(p_hashes, p_owners, p_bounced_at, p_delivered_at, p_sends)
            given (address_hash, owner_user_id, bounced_at, delivered_at, send_id)
        where given.bounced_at is not null
        group by 1, 2
    ), counted as materialized (
        select
            bounced.address_hash, bounced.owner_user_id, bounced.send_id, latest.recent,
            greatest(known.last_delivered_at, bounced.delivered_at) as delivered_at,
            (
                select count(*) from unnest(latest.recent) bounce (at)
                where bounce.at > coalesce(greatest(known.last_delivered_at, bounced.delivered_at), '-infinity')
            ) as in_a_row
        from bounced
        left join ddp.soft_bounces known
            on known.address_hash = bounced.address_hash and known.owner_user_id = bounced.owner_user_id
        cross join lateral (
            select array_agg(newest.at order by newest.at desc) as recent
            from (
                select distinct bounce.at from unnest(bounced.bounced_at || known.recent) bounce (at)
                order by bounce.at desc limit v_in_a_row
            ) newest
        ) latest
    ), kept as (
        insert into ddp.soft_bounces (
            address_hash, owner_user_id, in_a_row, recent, last_bounced_at, last_delivered_at
        )
        select
            counted.address_hash, counted.owner_user_id, counted.in_a_row, counted.recent, counted.recent[1],
            counted.delivered_at
        from counted
        order by counted.address_hash, counted.owner_user_id
        on conflict (address_hash, owner_user_id) do update
        set in_a_row = excluded.in_a_row, recent = excluded.recent, last_bounced_at = excluded.last_bounced_at,
            last_delivered_at = excluded.last_delivered_at
    )
    select ddp.suppress_addresses(
        p_channel, array_agg(counted.address_hash), array_agg(counted.owner_user_id),
        array_agg(case p_channel when 'email' then 'soft_bounces' else 'unreachable' end::public.suppression_reason),
        array_agg(counted.send_id)
    ) into v_suppressed
    from counted
    where counted.in_a_row >= v_in_a_row;
    return coalesce(v_suppressed, 0);
end
$$;
comment on function ddp.apply_soft_bounces(public.message_channel, bytea[], uuid[], timestamptz[], timestamptz[], uuid[]) is
    'Soft bounces of addresses and deliveries to them (each may be null): five bounces in a row, without a delivery in '
    'between, suppress the address for that sender. Returns how many it suppressed. Hashes of e-mail addresses and of phone '
    'numbers are never the same.';
create or replace function ddp.note_soft_bounces(p_evidence ddp.email_evidence[]) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- Most batches have none, and then deliveries have no row of bounces to reset.
    if not exists (select from unnest(p_evidence) evidence where evidence.soft_bounced_at is not null)
        and not exists (select from ddp.soft_bounces)
    then
        return 0;
    end if;
    return ddp.apply_soft_bounces(
        'email', array_agg(send.recipient_hash), array_agg(send.created_by_user_id), array_agg(evidence.soft_bounced_at),
        array_agg(send.delivered_at), array_agg(send.email_send_id)
    )
    from unnest(p_evidence) evidence
    join public.email_sends send on send.email_send_id = evidence.send_id
    where send.recipient_hash is not null
        and (evidence.soft_bounced_at is not null or evidence.delivered_at is not null);
end
$$;
comment on function ddp.note_soft_bounces(ddp.email_evidence[]) is
    'Applies soft bounces and deliveries to what is known of the recipients'' addresses; returns how many it suppressed.';

revoke all on function ddp.note_soft_bounces(ddp.email_evidence[]) from public, anon, authenticated, service_role;
revoke all on function ddp.apply_soft_bounces(
    public.message_channel, bytea[], uuid[], timestamptz[], timestamptz[], uuid[]
)
    from public, anon, authenticated, service_role;
grant execute on function ddp.apply_soft_bounces(
    public.message_channel, bytea[], uuid[], timestamptz[], timestamptz[], uuid[]
) to service_role;
grant execute on function ddp.note_soft_bounces(ddp.email_evidence[]) to service_role;
