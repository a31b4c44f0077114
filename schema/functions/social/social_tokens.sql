-- requires: functions/require.sql, policies/publishing.sql, policies/social_accounts.sql
-- Tokens of accounts, and their renewal: claimed, its start committed, one call, the new pair stored before it is used. Refresh
-- tokens of most platforms work once. After a crash in between, the old one is tried once more.

create or replace function ddp.refresh_due(p_obtained_at timestamptz, p_expires_at timestamptz) returns timestamptz
    language sql immutable
    set search_path = ''
    -- In the last fifth of the token's life, between ten minutes and a week before its end.
    return p_expires_at - least(
        greatest((p_expires_at - p_obtained_at) / 5, interval '10 minutes'), interval '168 hours'
    );
comment on function ddp.refresh_due(timestamptz, timestamptz) is 'When a token with this life should be renewed; null: it does not end.';

create or replace function ddp.keep_social_tokens(
    p_account_id uuid, p_access text, p_access_expires_at timestamptz, p_refresh text, p_refresh_expires_at timestamptz
) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    insert into ddp.social_tokens as t (
        account_id, refresh_token_encrypted, access_expires_at, refresh_expires_at, obtained_at, refresh_due_at
    ) values (
        p_account_id, p_refresh, p_access_expires_at, p_refresh_expires_at, clock_timestamp(),
        ddp.refresh_due(clock_timestamp(), p_access_expires_at)
    )
    on conflict (account_id) do update
    set refresh_token_encrypted = coalesce(excluded.refresh_token_encrypted, t.refresh_token_encrypted),
        access_expires_at = excluded.access_expires_at,
        refresh_expires_at = coalesce(excluded.refresh_expires_at, t.refresh_expires_at),
        obtained_at = excluded.obtained_at, refresh_due_at = excluded.refresh_due_at,
        refresh_claimed_by = null, refresh_claimed_until = null, refresh_started_at = null, refresh_starts = 0;
    update public.social_accounts a
    set access_token_encrypted = p_access, token_expires_at = p_access_expires_at,
        reconnect_by = coalesce(p_refresh_expires_at, a.reconnect_by)
    where a.account_id = p_account_id;
end
$$;
comment on function ddp.keep_social_tokens(uuid, text, timestamptz, text, timestamptz) is
    'Stores a new pair of tokens (ciphertext). A refresh token that is not given stays.';

create or replace function ddp.claim_social_refreshes(
    p_limit integer, p_worker uuid, p_lease interval, p_account_ids uuid[] default null
) returns table (
    account_id uuid, user_id uuid, platform public.social_platform, account_kind varchar, external_account_id varchar,
    access_token_encrypted text, refresh_token_encrypted text, access_expires_at timestamptz, is_second_try boolean
)
    language sql volatile
    set search_path = ''
as $$
    with due as materialized (
        select t.account_id
        from ddp.social_tokens t
        join public.social_accounts a on a.account_id = t.account_id and a.status = 'active'
        where (
                -- Not if another worker has renewed it since its refusal was noted.
                t.account_id = any (p_account_ids) and t.refused_at >= t.obtained_at
                or p_account_ids is null and t.refresh_due_at <= clock_timestamp()
            )
            and (t.refresh_claimed_until is null or t.refresh_claimed_until <= clock_timestamp())
            and t.refresh_starts < 2
        order by t.refresh_due_at
        limit p_limit
        for no key update of t skip locked
    ), claimed as (
        update ddp.social_tokens t
        set refresh_claimed_by = p_worker, refresh_claimed_until = clock_timestamp() + p_lease
        from due d
        where t.account_id = d.account_id
        returning t.*
    )
    select
        c.account_id, a.user_id, a.platform, a.account_kind, a.external_account_id, a.access_token_encrypted,
        c.refresh_token_encrypted, c.access_expires_at, c.refresh_starts > 0
    from claimed c
    join public.social_accounts a on a.account_id = c.account_id
$$;
comment on function ddp.claim_social_refreshes(integer, uuid, interval, uuid[]) is
    'Claims accounts whose tokens should be renewed now, or those of the named ones whose tokens were refused, whenever they end. '
    'is_second_try: a worker started the call before and died: if the platform refuses the old token now, the account has to be '
    'connected again.';

create or replace function ddp.start_social_refresh(p_account_id uuid, p_worker uuid) returns timestamptz
    language sql volatile
    set search_path = ''
as $$
    update ddp.social_tokens t set refresh_started_at = clock_timestamp(), refresh_starts = t.refresh_starts + 1
    where t.account_id = p_account_id and t.refresh_claimed_by = p_worker and t.refresh_claimed_until > clock_timestamp()
        and t.refresh_starts < 2
        and exists (select from public.social_accounts a where a.account_id = p_account_id and a.status = 'active')
    returning t.refresh_started_at
$$;
comment on function ddp.start_social_refresh(uuid, uuid) is
    'Notes that the one call starts, and returns when: commit it, then call. Null: the claim has ended, so there must be no call.';

create or replace function ddp.store_social_tokens(
    p_account_id uuid, p_started_at timestamptz, p_access text, p_access_expires_at timestamptz, p_refresh text default null,
    p_refresh_expires_at timestamptz default null
) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
begin
    -- A pair that the platform gave is never thrown away because a lease ended, unless a newer one is there: it may be the only
    -- one that works. The account's row first, as whoever connects or disconnects it.
    perform from public.social_accounts a where a.account_id = p_account_id and a.status <> 'disconnected' for no key update;
    if not found then
        return false;
    end if;
    perform from ddp.social_tokens t where t.account_id = p_account_id and t.obtained_at <= p_started_at for no key update;
    if not found then
        return false;
    end if;
    perform ddp.keep_social_tokens(p_account_id, p_access, p_access_expires_at, p_refresh, p_refresh_expires_at);
    update public.social_accounts a set status = 'active', status_reason = null
    where a.account_id = p_account_id and a.status = 'reconnect';
    return true;
end
$$;
comment on function ddp.store_social_tokens(uuid, timestamptz, text, timestamptz, text, timestamptz) is
    'Stores the pair that a renewal which started then has brought, before it is used; the account is active with it. False: a newer '
    'pair is there, or the account was disconnected: throw it away.';

create or replace function ddp.put_off_social_refresh(p_account_id uuid, p_worker uuid, p_later interval) returns void
    language sql volatile
    set search_path = ''
as $$
    update ddp.social_tokens t
    set refresh_due_at = clock_timestamp() + p_later, refresh_claimed_by = null, refresh_claimed_until = null,
        refresh_started_at = null, refresh_starts = greatest(t.refresh_starts - 1, 0)
    where t.account_id = p_account_id and t.refresh_claimed_by = p_worker
$$;
comment on function ddp.put_off_social_refresh(uuid, uuid, interval) is
    'The platform certainly did not renew the tokens, and may do so later: the refresh token still works.';

revoke all on function
    ddp.refresh_due(timestamptz, timestamptz), ddp.keep_social_tokens(uuid, text, timestamptz, text, timestamptz),
    ddp.claim_social_refreshes(integer, uuid, interval, uuid[]), ddp.start_social_refresh(uuid, uuid),
    ddp.store_social_tokens(uuid, timestamptz, text, timestamptz, text, timestamptz),
    ddp.put_off_social_refresh(uuid, uuid, interval)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.refresh_due(timestamptz, timestamptz), ddp.keep_social_tokens(uuid, text, timestamptz, text, timestamptz),
    ddp.claim_social_refreshes(integer, uuid, interval, uuid[]), ddp.start_social_refresh(uuid, uuid),
    ddp.store_social_tokens(uuid, timestamptz, text, timestamptz, text, timestamptz),
    ddp.put_off_social_refresh(uuid, uuid, interval)
    to service_role;
