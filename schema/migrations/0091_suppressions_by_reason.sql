-- An address has one row per reason for which it is suppressed, not one row with the strongest: whoever undid an
-- unsubscription would otherwise erase the bounce or complaint that it had replaced.

alter table public.suppressions
    add constraint suppressions_reason_key unique using index suppressions_reason_key,
    -- squawk-ignore ban-drop-constraint
    drop constraint suppressions_address_hash_channel_owner_user_id_key;
comment on table public.suppressions is
    'Addresses, as keyed hashes, that are not written to: by one sender, or by nobody. One row per reason.';

-- The function names the old key. It serves requests until its file is applied again, with this text.
create or replace function ddp.suppress_addresses(
    p_channel public.message_channel, p_hashes bytea[], p_owners uuid[], p_reasons public.suppression_reason[],
    p_sends uuid[]
) returns bigint
    language sql volatile
    set search_path = ''
as $$
    with suppressed as (
        insert into public.suppressions (channel, address_hash, owner_user_id, reason, email_send_id)
        select p_channel, g.address_hash, g.owner_user_id, g.reason, case p_channel when 'email' then g.send_id end
        from unnest(p_hashes, p_owners, p_reasons, p_sends) g (address_hash, owner_user_id, reason, send_id)
        where g.address_hash is not null
        order by g.address_hash, g.owner_user_id, g.reason
        on conflict do nothing
        returning 1
    )
    select count(*) from suppressed
$$;
revoke all on function ddp.suppress_addresses(
    public.message_channel, bytea[], uuid[], public.suppression_reason[], uuid[]
) from public;
