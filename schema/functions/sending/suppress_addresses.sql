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
        insert into public.suppressions (channel, address_hash, owner_user_id, reason, email_send_id, sms_send_id)
        select
            p_channel, g.address_hash, g.owner_user_id, g.reason,
            case p_channel when 'email' then g.send_id end, case p_channel when 'sms' then g.send_id end
        from unnest(p_hashes, p_owners, p_reasons, p_sends) g (address_hash, owner_user_id, reason, send_id)
        where g.address_hash is not null
        -- In the order of the key: two statements that suppress the same addresses wait for each other, not in a circle.
        order by g.address_hash, g.owner_user_id, g.reason
        -- The row stays with the message that led to it: the link in another one must not undo it.
        on conflict do nothing
        returning 1
    )
    select count(*) from suppressed
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
