-- requires: functions/suppress_addresses.sql, policies/sending.sql, policies/sms_sends.sql
-- What STOP does, whoever says it: the recipient in an answer or by the link, or a person who read the answer. The
-- suppression is what counts; the provider's list is a mirror of what holds for everyone, because the account has one list
-- and a number on it gets messages of no sender.

create or replace function ddp.queue_opt_outs(p_phones text[], p_action text, p_not_before timestamptz[] default null)
    returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_cancelled text[] := '{}';
begin
    if p_action = 'delete' then
        -- What the provider has not been told needs not to be taken back, which it would do only once in 30 days.
        with untold as (
            delete from ddp.opt_outs_to_push o
            where o.opt_out_id = any (array(
                select w.opt_out_id from ddp.opt_outs_to_push w
                where w.phone = any (p_phones) and w.action = 'put' and w.tries = 0
                order by w.phone
                for update
            ))
            returning o.phone
        )
        select coalesce(array_agg(u.phone), '{}') into v_cancelled from untold u;
    end if;
    -- A new id: whoever is at the older wish does not settle this one.
    insert into ddp.opt_outs_to_push as o (phone, action, created_at, not_before)
    select g.phone, p_action, coalesce(max(g.not_before), now()), coalesce(max(g.not_before), now())
    from unnest(p_phones, p_not_before) g (phone, not_before)
    where g.phone is not null and g.phone <> all (v_cancelled)
    group by g.phone
    order by g.phone
    on conflict (phone) do update
        set opt_out_id = excluded.opt_out_id, action = excluded.action, created_at = excluded.created_at,
            -- A number that was to be forgotten is on the list: putting it there is not untold.
            tries = case when o.action = 'delete' then 1 else 0 end, not_before = excluded.not_before;
end
$$;
comment on function ddp.queue_opt_outs(text[], text, timestamptz[]) is
    'Numbers (E.164) that the provider''s opt-out list has to learn (put) or forget (delete), the latter perhaps not before a '
    'time. The last wish for a number holds. Null numbers are left out.';

create or replace function ddp.stop_phones(
    p_hashes bytea[], p_phones text[], p_owners uuid[], p_sends uuid[], p_by text
) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_suppressed bigint;
    v_phones constant text[] := array(
        select g.phone from unnest(p_hashes, p_phones, p_owners) g (phone_hash, phone, owner_user_id)
        where g.owner_user_id is null and not exists (
            select from public.suppressions x
            where x.address_hash = g.phone_hash and x.channel = 'sms' and x.owner_user_id is null and x.reason = 'stop'
        )
    );
begin
    -- Messages first, as whoever settles messages locks them: two that do both wait for each other, not in a circle.
    update public.sms_sends s set unsubscribed_at = now()
    where s.sms_send_id = any (array(
        select o.sms_send_id
        from unnest(p_sends, p_hashes) g (sms_send_id, phone_hash)
        join public.sms_sends o on o.sms_send_id = g.sms_send_id and o.recipient_hash = g.phone_hash
        where o.unsubscribed_at is null
        order by o.sms_send_id
        for no key update of o
    ));
    v_suppressed := ddp.suppress_addresses(
        'sms', p_hashes, p_owners, array_fill('stop'::public.suppression_reason, array[cardinality(p_hashes)]), p_sends
    );
    perform ddp.end_phone_consents(array_agg(g.phone_hash order by g.phone_hash), g.owner_user_id, p_by)
    from unnest(p_hashes, p_owners) g (phone_hash, owner_user_id)
    group by g.owner_user_id
    order by g.owner_user_id;
    perform ddp.queue_opt_outs(v_phones, 'put');
    return v_suppressed;
end
$$;
comment on function ddp.stop_phones(bytea[], text[], uuid[], uuid[], text) is
    'Stops SMS to numbers (keyed hashes): of a sender, or of all (owner null). Ends consents, notes it on the message that led '
    'to it (or null), and queues the numbers (or null) that are now stopped for all for the provider''s list. Parallel arrays. '
    'p_by: stop (an answer), link or staff. Returns how many suppressions are new; harmless when repeated.';

create or replace function ddp.stop_phone(
    p_phone_hash bytea, p_phone text, p_owner uuid, p_sms_send_id uuid, p_by text
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform ddp.stop_phones(array[p_phone_hash], array[p_phone], array[p_owner], array[p_sms_send_id], p_by);
end
$$;
comment on function ddp.stop_phone(bytea, text, uuid, uuid, text) is 'As ddp.stop_phones, of one number.';

revoke all on function
    ddp.queue_opt_outs(text[], text, timestamptz[]), ddp.stop_phones(bytea[], text[], uuid[], uuid[], text),
    ddp.stop_phone(bytea, text, uuid, uuid, text)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.queue_opt_outs(text[], text, timestamptz[]), ddp.stop_phones(bytea[], text[], uuid[], uuid[], text),
    ddp.stop_phone(bytea, text, uuid, uuid, text)
    to service_role;
