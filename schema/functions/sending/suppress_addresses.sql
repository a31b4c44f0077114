-- requires: policies/suppressions.sql
-- Addresses to which nobody, or one sender, may send. An address has one row per scope, with the strongest reason.

create or replace function ddp.suppression_rank(p_reason public.suppression_reason) returns integer
    language sql immutable parallel safe
    set search_path = ''
    return array_position(
        array['soft_bounces', 'manual', 'hard_bounce', 'stop', 'unsubscribe', 'complaint']::public.suppression_reason[],
        p_reason
    );
comment on function ddp.suppression_rank(public.suppression_reason) is
    'A stronger reason has a higher rank: lifting a passing reason must not lift what the recipient asked for, and '
    'following the link in a message must not lift a complaint.';
revoke all on function ddp.suppression_rank(public.suppression_reason) from public, anon, authenticated, service_role;
grant execute on function ddp.suppression_rank(public.suppression_reason) to service_role;

create or replace function ddp.suppress_addresses(
    p_channel public.message_channel, p_hashes bytea[], p_owners uuid[], p_reasons public.suppression_reason[],
    p_sends uuid[]
) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with suppressed as (
        insert into public.suppressions as x (
            channel, address_hash, owner_user_id, reason, email_send_id, sms_send_id
        )
        select distinct on (g.address_hash, g.owner_user_id)
            p_channel, g.address_hash, g.owner_user_id, g.reason,
            case p_channel when 'email' then g.send_id end, case p_channel when 'sms' then g.send_id end
        from unnest(p_hashes, p_owners, p_reasons, p_sends) g (address_hash, owner_user_id, reason, send_id)
        where g.address_hash is not null
        -- In the order of the key: two statements that suppress the same addresses wait for each other, not in a circle.
        order by g.address_hash, g.owner_user_id, ddp.suppression_rank(g.reason) desc
        on conflict (address_hash, channel, owner_user_id) do update
        set reason = excluded.reason, email_send_id = excluded.email_send_id, sms_send_id = excluded.sms_send_id,
            created_at = now()
        where ddp.suppression_rank(excluded.reason) > ddp.suppression_rank(x.reason)
        returning 1
    )
    select count(*) from suppressed
$$;
comment on function ddp.suppress_addresses(
    public.message_channel, bytea[], uuid[], public.suppression_reason[], uuid[]
) is
    'Suppresses addresses (keyed hashes) for a sender, or for all (owner null); returns how many rows it added or gave a '
    'stronger reason. Parallel arrays. Pending messages to them become suppressed when they are claimed.';
revoke all on function ddp.suppress_addresses(
    public.message_channel, bytea[], uuid[], public.suppression_reason[], uuid[]
) from public, anon, authenticated, service_role;
grant execute on function ddp.suppress_addresses(
    public.message_channel, bytea[], uuid[], public.suppression_reason[], uuid[]
) to service_role;
