-- requires: functions/apply_inbound_messages.sql, policies/sending.sql
-- The provider's opt-out list, a mirror of what holds for everyone. One worker writes and one reads, each under a lease,
-- because the provider limits both, and because of two wishes for a number the later one must be told last.

create or replace function ddp.lease_opt_out_work(p_kind text, p_worker uuid, p_lease interval) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update ddp.opt_out_work w set worker = p_worker, leased_until = clock_timestamp() + p_lease
    where w.kind = p_kind and (w.worker = p_worker or w.leased_until < clock_timestamp());
    return found;
end
$$;
comment on function ddp.lease_opt_out_work(text, uuid, interval) is
    'Takes or renews the lease on writing (push) or reading (pull); false: another worker has it.';

create or replace function ddp.end_opt_out_work(p_kind text, p_worker uuid) returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.opt_out_work w set leased_until = '-infinity' where w.kind = p_kind and w.worker = p_worker
$$;
comment on function ddp.end_opt_out_work(text, uuid) is 'Ends a worker''s lease.';

create or replace function ddp.take_opt_outs(p_limit integer) returns table (opt_out_id uuid, phone text, action text)
    language sql volatile
    set search_path = ''
as $$
    update ddp.opt_outs_to_push o
    -- If the worker dies, or the provider cannot: again after 20 s, 40 s, … a day, and in the end not at all.
    set tries = o.tries + 1, not_before = now() + least(interval '10 seconds' * 2 ^ least(o.tries + 1, 14), interval '1 day')
    where o.opt_out_id = any (array(
        select w.opt_out_id from ddp.opt_outs_to_push w
        where w.not_before <= now()
            -- The confirmation of a STOP goes first: the provider refuses messages to numbers on its list.
            and not (w.action = 'put' and exists (
                select from ddp.sms_replies r where r.phone = w.phone and r.kind = 'stop' and r.ended_at is null
            ))
        order by w.not_before
        limit p_limit
        for update skip locked
    ))
    returning o.opt_out_id, o.phone::text, o.action::text
$$;
comment on function ddp.take_opt_outs(integer) is
    'Numbers that the provider has to be told about now; who dies with them finds them again.';

create or replace function ddp.settle_opt_outs(p_done uuid[], p_hashes bytea[]) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_given_up bigint;
begin
    with done as (
        delete from ddp.opt_outs_to_push o
        using unnest(p_done, p_hashes) g (opt_out_id, phone_hash)
        where o.opt_out_id = g.opt_out_id
        returning o.action, g.phone_hash
    )
    insert into ddp.opt_out_returns as known (phone_hash, returned_at)
    select d.phone_hash, now() from done d where d.action = 'delete'
    order by d.phone_hash
    on conflict (phone_hash) do update set returned_at = excluded.returned_at;
    -- After more than a month of days: the provider never takes it.
    delete from ddp.opt_outs_to_push o where o.tries > 45;
    get diagnostics v_given_up = row_count;
    return v_given_up;
end
$$;
comment on function ddp.settle_opt_outs(uuid[], bytea[]) is
    'Forgets numbers that the provider was told about, by id and hash, and remembers which it took back. Returns how many others '
    'were given up after more than a month of refusals.';

create or replace function ddp.begin_opt_out_pull(out is_due boolean, out next_token text)
    language plpgsql volatile
    set search_path = ''
as $$
begin
    update ddp.opt_out_work w
    set began_at = case when w.ended_at is null then coalesce(w.began_at, now()) else now() end, ended_at = null
    where w.kind = 'pull' and (w.ended_at is null or w.ended_at < now() - interval '1 hour')
    returning w.next_token into next_token;
    is_due := found;
end
$$;
comment on function ddp.begin_opt_out_pull() is
    'Whether the provider''s list is to be read now, an hour after it was read last, and from which page on (null: the first).';

create or replace function ddp.note_opt_out_page(p_phones text[], p_hashes bytea[], p_next_token text) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_new bytea[];
begin
    perform ddp.lock_numbers(p_hashes);
    select array_agg(g.phone_hash order by g.phone_hash) into v_new
    from unnest(p_phones, p_hashes) g (phone, phone_hash)
    where not exists (
            select from public.suppressions x
            where x.address_hash = g.phone_hash and x.channel = 'sms' and x.owner_user_id is null and x.reason = 'stop'
        )
        -- Who came back is on the list until the provider has forgotten the number, and on the page that was read before.
        and not exists (select from ddp.opt_outs_to_push o where o.phone = g.phone and o.action = 'delete')
        and not exists (
            select from ddp.opt_out_returns r
            where r.phone_hash = g.phone_hash and r.returned_at > now() - interval '1 hour'
        );
    if v_new is not null then
        perform ddp.suppress_addresses(
            'sms', v_new, array_fill(null::uuid, array[cardinality(v_new)]),
            array_fill('stop'::public.suppression_reason, array[cardinality(v_new)]),
            array_fill(null::uuid, array[cardinality(v_new)])
        );
        perform ddp.end_phone_consents(v_new, null, 'stop');
    end if;
    update ddp.opt_out_work w set next_token = p_next_token, ended_at = case when p_next_token is null then now() end
    where w.kind = 'pull';
    return coalesce(cardinality(v_new), 0);
end
$$;
comment on function ddp.note_opt_out_page(text[], bytea[], text) is
    'Takes a page of the provider''s list, and which page comes next (null: none). Stops the numbers that we do not know as '
    'stopped, for everyone; returns how many.';

revoke all on function
    ddp.lease_opt_out_work(text, uuid, interval), ddp.end_opt_out_work(text, uuid), ddp.take_opt_outs(integer),
    ddp.settle_opt_outs(uuid[], bytea[]), ddp.begin_opt_out_pull(), ddp.note_opt_out_page(text[], bytea[], text)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.lease_opt_out_work(text, uuid, interval), ddp.end_opt_out_work(text, uuid), ddp.take_opt_outs(integer),
    ddp.settle_opt_outs(uuid[], bytea[]), ddp.begin_opt_out_pull(), ddp.note_opt_out_page(text[], bytea[], text)
    to service_role;
