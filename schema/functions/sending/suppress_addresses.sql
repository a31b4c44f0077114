-- requires: policies/suppressions.sql
-- Addresses to which nobody, or one sender, may send. Each reason is a row of its own, so that lifting one leaves the
-- others: an address is suppressed as long as there is a row.

create or replace function ddp.suppress_addresses(
    p_channel public.message_channel, p_hashes bytea[], p_owners uuid[], p_reasons public.suppression_reason[],
    p_sends uuid[]
) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with suppressed as (
        insert into public.suppressions as s (
            channel, address_hash, owner_user_id, reason, email_send_id, sms_send_id, expires_at
        )
        -- An address may stand there twice, and no row can be changed twice.
        select distinct on (g.address_hash, g.owner_user_id, g.reason)
            p_channel, g.address_hash, g.owner_user_id, g.reason,
            case p_channel when 'email' then g.send_id end, case p_channel when 'sms' then g.send_id end,
            -- Numbers are given to other people.
            case g.reason when 'invalid_number' then now() + interval '90 days' end
        from unnest(p_hashes, p_owners, p_reasons, p_sends) g (address_hash, owner_user_id, reason, send_id)
        where g.address_hash is not null
        -- In the order of the key: two statements that suppress the same addresses wait for each other, not in a circle.
        order by g.address_hash, g.owner_user_id, g.reason, g.send_id
        -- The row stays with the message that led to it: the link in another one must not undo it.
        on conflict (address_hash, channel, owner_user_id, reason) do update
        set expires_at = excluded.expires_at where s.expires_at < excluded.expires_at
        returning s.xmax = 0 as is_new
    )
    select count(*) from suppressed where is_new
$$;
comment on function ddp.suppress_addresses(
    public.message_channel, bytea[], uuid[], public.suppression_reason[], uuid[]
) is
    'Suppresses addresses (keyed hashes) for a sender, or for all (owner null), each for a reason of its own; returns how '
    'many rows it added. Parallel arrays. Pending messages to them become suppressed when they are claimed.';
revoke all on function ddp.suppress_addresses(
    public.message_channel, bytea[], uuid[], public.suppression_reason[], uuid[]
) from public, anon, authenticated, service_role;
grant execute on function ddp.suppress_addresses(
    public.message_channel, bytea[], uuid[], public.suppression_reason[], uuid[]
) to service_role;
