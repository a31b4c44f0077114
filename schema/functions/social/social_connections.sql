-- requires: functions/social_accounts.sql, policies/publishing.sql
-- A connection being made: the person leaves for the platform with a state, comes back with it once and within ten minutes, and
-- then chooses accounts within the hour.

create or replace function ddp.open_social_connection(
    p_user_id uuid, p_platform public.social_platform, p_state_hash bytea, p_verifier_encrypted text, p_return_url text,
    p_connection_id uuid, p_account_id uuid default null
) returns timestamptz
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.social_manager(p_user_id);
    v_expires_at constant timestamptz := now() + interval '10 minutes';
begin
    perform ddp.require(
        p_account_id is null or exists (
            select from public.social_accounts a
            where a.account_id = p_account_id and a.user_id = v_user_id and a.platform = p_platform
        ), 'PT404', 'You have no such social account.', '{"code": "account-not-found"}'
    );
    perform from public.users u where u.user_id = v_user_id for no key update;
    perform ddp.require(
        (
            select count(*) from ddp.social_connections c
            where c.user_id = v_user_id and c.expires_at > now() and c.used_at is null
        ) < 20, 'PT429', 'You have opened 20 connections in ten minutes: finish one of them, or wait.', '{"code": "too-many-connections"}'
    );
    insert into ddp.social_connections (
        connection_id, user_id, platform, account_id, state_hash, verifier_encrypted, return_url, expires_at
    ) values (
        p_connection_id, v_user_id, p_platform, p_account_id, p_state_hash, p_verifier_encrypted, p_return_url, v_expires_at
    );
    return v_expires_at;
end
$$;
comment on function ddp.open_social_connection(uuid, public.social_platform, bytea, text, text, uuid, uuid) is
    'Opens a connection, of an account that is connected again or (null) of new ones, and returns until when its state is taken. For '
    'workers, and for the HTTP functions about the acting account.';

create or replace function ddp.use_social_connection(p_state_hash bytea, p_platform public.social_platform) returns table (
    connection_id uuid, user_id uuid, account_id uuid, external_account_id varchar, verifier_encrypted text,
    return_url varchar
)
    language sql volatile
    set search_path = ''
as $$
    with used as (
        update ddp.social_connections c set used_at = clock_timestamp(), expires_at = clock_timestamp() + interval '1 hour'
        where c.state_hash = p_state_hash and c.platform = p_platform and c.used_at is null
            and c.expires_at > clock_timestamp()
        returning c.*
    )
    select u.connection_id, u.user_id, u.account_id, a.external_account_id, u.verifier_encrypted, u.return_url
    from used u
    left join public.social_accounts a on a.account_id = u.account_id
$$;
comment on function ddp.use_social_connection(bytea, public.social_platform) is
    'Takes the state that a platform handed back: once, and within its ten minutes; else no row.';

create or replace function ddp.settle_social_connection(
    p_connection_id uuid, p_tokens_encrypted text, p_granted_scopes text[], p_choices jsonb, p_error_code text default null,
    p_error_reason text default null
) returns boolean
    language sql volatile
    set search_path = ''
as $$
    with settled as (
        update ddp.social_connections c
        set tokens_encrypted = p_tokens_encrypted, granted_scopes = coalesce(p_granted_scopes, '{}'),
            choices = coalesce(p_choices, '[]'), error_code = left(p_error_code, 50), error_reason = left(p_error_reason, 500),
            verifier_encrypted = null
        where c.connection_id = p_connection_id and c.used_at is not null and c.expires_at > clock_timestamp()
        returning 1
    )
    select exists (select from settled)
$$;
comment on function ddp.settle_social_connection(uuid, text, text[], jsonb, text, text) is
    'What the exchange of the code brought: tokens (ciphertext), scopes, and the accounts to choose from; or an error. False: the '
    'connection is over.';

create or replace function ddp.social_connection(p_connection_id uuid) returns table (
    connection_id uuid, platform public.social_platform, account_id uuid, return_url varchar, expires_at timestamptz,
    used_at timestamptz, tokens_encrypted text, granted_scopes text[], choices jsonb, error_code varchar, error_reason varchar
)
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.social_manager(null);
begin
    return query
    select
        c.connection_id, c.platform, c.account_id, c.return_url, c.expires_at, c.used_at,
        case when c.expires_at > clock_timestamp() then c.tokens_encrypted end,
        c.granted_scopes, c.choices, c.error_code, c.error_reason
    from ddp.social_connections c
    where c.connection_id = p_connection_id and c.user_id = v_user_id
    for no key update;
end
$$;
comment on function ddp.social_connection(uuid) is
    'An own connection, for the HTTP functions, locked: of two who choose accounts at once, one waits. One that is over has no tokens. '
    'No row for that of others.';

create or replace function ddp.end_social_connection(p_connection_id uuid, p_choices jsonb) returns boolean
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.social_manager(null);
begin
    update ddp.social_connections c set choices = p_choices, tokens_encrypted = null
    where c.connection_id = p_connection_id and (c.user_id = v_user_id or ddp.is_worker());
    return found;
end
$$;
comment on function ddp.end_social_connection(uuid, jsonb) is
    'Accounts of a connection were connected: its tokens are forgotten, because those of the accounts are renewed from now on. The '
    'choices say which. For workers, and for the HTTP functions about the acting account.';

create or replace function ddp.forget_social_connections() returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_count bigint;
begin
    update ddp.social_connections c set tokens_encrypted = null, verifier_encrypted = null
    where c.expires_at <= clock_timestamp() and (c.tokens_encrypted is not null or c.verifier_encrypted is not null);
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function ddp.forget_social_connections() is 'Forgets the secrets of connections that are over; returns of how many.';

revoke all on function
    ddp.open_social_connection(uuid, public.social_platform, bytea, text, text, uuid, uuid),
    ddp.use_social_connection(bytea, public.social_platform),
    ddp.settle_social_connection(uuid, text, text[], jsonb, text, text), ddp.social_connection(uuid),
    ddp.end_social_connection(uuid, jsonb), ddp.forget_social_connections()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.open_social_connection(uuid, public.social_platform, bytea, text, text, uuid, uuid),
    ddp.end_social_connection(uuid, jsonb) to authenticated, service_role;
grant execute on function ddp.social_connection(uuid) to authenticated;
grant execute on function
    ddp.use_social_connection(bytea, public.social_platform),
    ddp.settle_social_connection(uuid, text, text[], jsonb, text, text), ddp.forget_social_connections()
    to service_role;
