-- requires: functions/social_own_posts.sql, functions/social_schedule.sql, functions/notices.sql, functions/sender_identities.sql
-- requires: functions/social_tokens.sql, functions/log_change.sql, policies/publishing.sql, policies/engagement.sql
-- Accounts of platforms: connecting them, what happens when a platform no longer takes a token, and disconnecting them.

create or replace function ddp.follow_account_status() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.is_active := new.status = 'active';
    return new;
end
$$;
comment on function ddp.follow_account_status() is 'Trigger on social_accounts: is_active says whether status is active.';

create or replace function ddp.social_manager(p_user_id uuid) returns uuid
    language plpgsql stable
    set search_path = ''
as $$
begin
    if ddp.is_worker() then
        return p_user_id;
    end if;
    -- Ciphertexts come from, and go to, the HTTP functions only: not a browser that calls the same functions.
    perform ddp.require_http_login();
    return ddp.require_owner();
end
$$;
comment on function ddp.social_manager(uuid) is
    'Whose accounts are connected: for workers the user given, for the HTTP functions the acting account, whose owner must call.';

create or replace function ddp.social_account_ids(p_user_id uuid, p_platform public.social_platform, p_external_ids text[])
    returns table (external_account_id varchar, account_id uuid)
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.social_manager(p_user_id);
begin
    return query
    select a.external_account_id, a.account_id from public.social_accounts a
    where a.user_id = v_user_id and a.platform = p_platform and a.external_account_id = any (p_external_ids);
end
$$;
comment on function ddp.social_account_ids(uuid, public.social_platform, text[]) is
    'The ids of accounts that the user has connected before, by the platform''s ids: a token is encrypted for the account''s id. For '
    'workers, and for the HTTP functions about the acting account.';

create or replace function ddp.connect_social_accounts(p_user_id uuid, p_platform public.social_platform, p_accounts jsonb)
    returns setof public.social_accounts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.social_manager(p_user_id);
    v_given record;
    v_status public.social_account_status;
    v_account public.social_accounts;
begin
    perform ddp.require(
        jsonb_typeof(p_accounts) = 'array' and jsonb_array_length(p_accounts) between 1 and 100, 'PT422',
        'Choose 1 to 100 accounts.', '{"code": "invalid-accounts"}'
    );
    for v_given in
        select g.* from jsonb_to_recordset(p_accounts) g (
            account_id uuid, external_account_id text, account_kind text, account_handle text, account_name text,
            access_token_encrypted text, access_expires_at timestamptz, refresh_token_encrypted text,
            refresh_expires_at timestamptz, scopes jsonb, metadata jsonb, person_hash text
        )
        order by g.external_account_id
    loop
        -- Accounts that were there before posts were published do not know the platform's id yet.
        update public.social_accounts a set external_account_id = v_given.external_account_id
        where a.account_id = v_given.account_id and a.user_id = v_user_id and a.platform = p_platform
            and a.external_account_id is null;
        select a.status into v_status from public.social_accounts a
        where a.user_id = v_user_id and a.platform = p_platform and a.external_account_id = v_given.external_account_id;
        insert into public.social_accounts as a (
            account_id, user_id, platform, external_account_id, account_kind, account_handle, account_name,
            access_token_encrypted, scopes, metadata
        ) values (
            v_given.account_id, v_user_id, p_platform, v_given.external_account_id, v_given.account_kind,
            left(v_given.account_handle, 255), left(v_given.account_name, 255), v_given.access_token_encrypted,
            array(select jsonb_array_elements_text(coalesce(v_given.scopes, '[]'))), coalesce(v_given.metadata, '{}')
        )
        on conflict (user_id, platform, external_account_id) do update
        set account_kind = excluded.account_kind, account_handle = excluded.account_handle, metadata = excluded.metadata,
            scopes = excluded.scopes, access_token_encrypted = excluded.access_token_encrypted, status = 'active',
            status_reason = null
        returning a.* into v_account;
        -- Encrypted for another id, the token could never be read.
        perform ddp.require(
            v_account.account_id = v_given.account_id, 'PT409', 'This account was connected meanwhile: try again.',
            '{"code": "account-connected"}'
        );
        perform ddp.log_change(
            'social_accounts', v_account.account_id, jsonb_build_object('status', v_status), '{"status": "active"}'
        ) where v_status <> 'active';
        perform ddp.keep_social_tokens(
            v_account.account_id, v_given.access_token_encrypted, v_given.access_expires_at, v_given.refresh_token_encrypted,
            v_given.refresh_expires_at
        );
        update ddp.social_tokens t set external_user_hash = decode(v_given.person_hash, 'hex'), refused_at = null
        where t.account_id = v_account.account_id;
        -- Whoever takes the application's access back ends its subscriptions: the platform is asked within a minute.
        update ddp.social_subscriptions s set checked_at = null where s.account_id = v_account.account_id;
        return query select a.* from public.social_accounts a where a.account_id = v_account.account_id;
    end loop;
end
$$;
comment on function ddp.connect_social_accounts(uuid, public.social_platform, jsonb) is
    'Connects accounts, or connects them again: each account_id (new, or the one of social_account_ids), external_account_id, '
    'account_kind, account_handle, account_name, scopes, metadata, access_token_encrypted, access_expires_at, '
    'refresh_token_encrypted, refresh_expires_at, person_hash (of whoever granted it, in hex). They are active, and their posts go on. For workers, and for the HTTP functions '
    'about the acting account.';

create or replace function ddp.social_credentials(p_account_id uuid)
    returns table (
        account_id uuid, platform public.social_platform, external_account_id varchar, account_kind varchar,
        access_token_encrypted text, refresh_token_encrypted text, access_expires_at timestamptz, metadata jsonb
    )
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_http_login();
    return query
    select
        a.account_id, a.platform, a.external_account_id, a.account_kind, a.access_token_encrypted,
        t.refresh_token_encrypted, a.token_expires_at, a.metadata
    from public.social_accounts a
    left join ddp.social_tokens t on t.account_id = a.account_id
    where a.account_id = p_account_id
        and (a.user_id = ddp.require_editor() or ddp.active_user_type() is not distinct from 'admin');
end
$$;
comment on function ddp.social_credentials(uuid) is
    'The tokens of an own account, as ciphertext, for the HTTP functions: to ask its platform something, or to revoke them.';

create or replace function ddp.social_grant_is_shared(p_account_id uuid) returns boolean
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_http_login();
    perform ddp.require_active_user();
    -- Of other tenants too: a platform takes back all that the person granted to the application.
    return exists (
        select from public.social_accounts a
        join public.social_accounts o on o.platform = a.platform and o.external_account_id = a.external_account_id
        where a.account_id = p_account_id and o.account_id <> a.account_id and o.status <> 'disconnected'
    );
end
$$;
comment on function ddp.social_grant_is_shared(uuid) is
    'Whether another tenant has the same account of the platform connected: revoking the grant would disconnect it there too. For the '
    'HTTP functions.';

create or replace function ddp.social_credentials_expired(p_account_id uuid, p_reason text) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_account public.social_accounts;
begin
    update public.social_accounts a set status = 'reconnect', status_reason = left(p_reason, 500)
    where a.account_id = p_account_id and a.status = 'active'
    returning a.* into v_account;
    if v_account.account_id is null then
        return false;
    end if;
    update ddp.social_tokens t
    set refresh_due_at = null, refresh_claimed_by = null, refresh_claimed_until = null
    where t.account_id = p_account_id;
    perform ddp.add_notices(jsonb_build_array(jsonb_build_object(
        'user_id', v_account.user_id, 'cause', 'social-account-reconnect', 'subject_type', 'social_account',
        'subject_id', p_account_id, 'detail', jsonb_build_object('platform', v_account.platform)
    )));
    return true;
end
$$;
comment on function ddp.social_credentials_expired(uuid, text) is
    'The platform no longer takes the account''s token: it has to be connected again. Its posts wait, and its owner gets a notice. '
    'False if it was not active.';

create or replace function ddp.social_token_refused(p_account_id uuid, p_access text, p_helps boolean, p_reason text) returns boolean
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_tokens ddp.social_tokens;
begin
    perform from public.social_accounts a
    where a.account_id = p_account_id and a.status = 'active' and a.access_token_encrypted is not distinct from p_access
    for no key update;
    if not found then
        return false;
    end if;
    select t.* into v_tokens from ddp.social_tokens t where t.account_id = p_account_id;
    -- A worker comes again within five minutes.
    if not p_helps or v_tokens.refresh_token_encrypted is null
        or v_tokens.refused_at between clock_timestamp() - interval '10 minutes' and v_tokens.obtained_at
    then
        perform ddp.social_credentials_expired(p_account_id, p_reason);
        return false;
    end if;
    update ddp.social_tokens t set refused_at = clock_timestamp() where t.account_id = p_account_id;
    return true;
end
$$;
comment on function ddp.social_token_refused(uuid, text, boolean, text) is
    'A platform refused this access token (ciphertext). True: renew it. False: there is another one by now; or the account has to be '
    'connected again, as the platform gave nothing to renew it with, renewing does not help (p_helps), or the token came from a '
    'renewal that a refusal caused less than ten minutes ago.';

create or replace function public.disconnect_social_account(p_account_id uuid, p_posts text) returns public.social_accounts
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_owner();
    v_open constant public.social_post_status[] := '{scheduled,claimed,preparing,ready}';
    v_account public.social_accounts;
begin
    perform ddp.require(
        p_posts in ('cancel', 'hold'), 'PT422', 'Say what becomes of the account''s scheduled posts: "cancel" or "hold".', '{"code": "invalid-posts"}'
    );
    -- Whether it is the caller's, before anything is locked; then posts before the account, as whoever publishes.
    perform from public.social_accounts a
    where a.account_id = p_account_id
        and (a.user_id = v_user_id or ddp.active_user_type() is not distinct from 'admin');
    perform ddp.require(found, 'PT404', 'You have no such social account.', '{"code": "account-not-found"}');
    perform from public.social_posts p
    where p.account_id = p_account_id and p.status = any (v_open) order by p.post_id for no key update;
    v_account := ddp.lock_own_account(p_account_id, 'owner');
    perform ddp.log_change(
        'social_accounts', p_account_id, jsonb_build_object('status', v_account.status), '{"status": "disconnected"}'
    ) where v_account.status <> 'disconnected';
    perform ddp.cancel_locked_posts(x.ids)
    from (
        select array_agg(p.post_id order by p.post_id) as ids from public.social_posts p
        where p.account_id = p_account_id and p.status = any (v_open)
    ) x
    where p_posts = 'cancel' and x.ids is not null;
    delete from ddp.social_tokens t where t.account_id = p_account_id;
    delete from ddp.social_subscriptions s where s.account_id = p_account_id;
    update public.social_accounts a
    set status = 'disconnected', status_reason = null, access_token_encrypted = null, token_expires_at = null, reconnect_by = null
    where a.account_id = p_account_id
    returning a.* into v_account;
    v_account.access_token_encrypted := null;
    return v_account;
end
$$;
comment on function public.disconnect_social_account(uuid, text) is
    'Disconnects an own account: its tokens are forgotten, and its scheduled posts are cancelled (cancel), or wait until it is '
    'connected again or their time is over (hold). What is being published stays so. PT404, PT403, PT422.';

revoke all on function
    ddp.follow_account_status(), ddp.social_manager(uuid),
    ddp.social_account_ids(uuid, public.social_platform, text[]),
    ddp.connect_social_accounts(uuid, public.social_platform, jsonb), ddp.social_credentials(uuid),
    ddp.social_grant_is_shared(uuid), ddp.social_credentials_expired(uuid, text),
    ddp.social_token_refused(uuid, text, boolean, text), public.disconnect_social_account(uuid, text)
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.social_account_ids(uuid, public.social_platform, text[]), ddp.connect_social_accounts(uuid, public.social_platform, jsonb)
    to authenticated, service_role;
grant execute on function
    ddp.social_credentials(uuid), ddp.social_grant_is_shared(uuid), public.disconnect_social_account(uuid, text)
    to authenticated;
grant execute on function ddp.social_credentials_expired(uuid, text), ddp.social_token_refused(uuid, text, boolean, text) to service_role;
