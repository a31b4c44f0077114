-- requires: functions/require_active_user.sql
-- Who may send from a domain or address. What SES says about one is brought by the HTTP functions, which have asked it:
-- their login alone may say so, not a browser that calls the same functions.

create or replace function ddp.require_http_login() returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        session_user = 'ddp_api', 'PT403', 'This is answered by the HTTP API only.', '{"code": "http-only"}'
    );
end
$$;
comment on function ddp.require_http_login() is
    'PT403 for calls that do not come through the HTTP functions (PostgREST logs in as somebody else).';
revoke all on function ddp.require_http_login() from public, anon, authenticated, service_role;

create or replace function ddp.lock_own_identity(p_sender_identity_id uuid) returns public.sender_identities
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_identity public.sender_identities;
begin
    select i.* into v_identity
    from public.sender_identities i
    where i.sender_identity_id = p_sender_identity_id
        and (i.created_by_user_id = v_user_id or ddp.active_user_type() = 'admin')
    for no key update;
    perform ddp.require(
        v_identity.sender_identity_id is not null, 'PT404', 'There is no such sender identity of yours.',
        '{"code": "identity-not-found"}'
    );
    return v_identity;
end
$$;
comment on function ddp.lock_own_identity(uuid) is
    'A sender identity of the acting user, or any for an administrator, locked; PT404.';
revoke all on function ddp.lock_own_identity(uuid) from public, anon, authenticated, service_role;

create or replace function public.create_sender_identity(p_identity text) returns public.sender_identities
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_active_user();
    v_identity public.sender_identities;
begin
    perform ddp.require(
        length(p_identity) <= 253 and p_identity = lower(p_identity)
        and p_identity ~ '^([^@[:space:]]+@)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$',
        'PT422', 'A sender identity is a domain, or an e-mail address, in lower case.', '{"code": "invalid-identity"}'
    );
    perform from public.users u where u.user_id = v_user_id for no key update;
    perform ddp.require(
        ddp.active_user_type() = 'admin'
        or (select count(*) from public.sender_identities i where i.created_by_user_id = v_user_id) < 20,
        'PT429', 'You have 20 sender identities: remove one first.', '{"code": "too-many-identities"}'
    );
    -- SES gives up after 72 hours: who claimed a domain without proof does not keep it from its owner.
    insert into public.sender_identities as i (identity, created_by_user_id) values (p_identity, v_user_id)
    on conflict (identity) do update
        set created_by_user_id = excluded.created_by_user_id, status = 'pending', dkim_tokens = '{}', checked_at = null,
            created_at = now()
        where i.created_by_user_id = excluded.created_by_user_id and i.status = 'failed'
            or i.status <> 'verified' and i.created_at < now() - interval '72 hours'
    returning * into v_identity;
    if v_identity.sender_identity_id is null then
        select i.* into v_identity
        from public.sender_identities i where i.identity = p_identity and i.created_by_user_id = v_user_id;
    end if;
    perform ddp.require(
        v_identity.sender_identity_id is not null, 'PT409',
        'Somebody else uses this domain or address already. If it is yours, ask an administrator.',
        '{"code": "identity-taken"}'
    );
    return v_identity;
end
$$;
comment on function public.create_sender_identity(text) is
    'Claims a domain or an address to send from: pending until SES has seen the proof. The same again gives the same; '
    'PT409 where another user has it (unverified claims lapse after 72 hours).';
revoke all on function public.create_sender_identity(text) from public, anon, authenticated, service_role;
grant execute on function public.create_sender_identity(text) to authenticated;

create or replace function public.record_sender_identity(
    p_sender_identity_id uuid, p_status text, p_dkim_tokens text[]
) returns public.sender_identities
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_identity public.sender_identities := ddp.lock_own_identity(p_sender_identity_id);
begin
    perform ddp.require_http_login();
    update public.sender_identities i
    set status = p_status, dkim_tokens = p_dkim_tokens, checked_at = now()
    where i.sender_identity_id = p_sender_identity_id
    returning i.* into v_identity;
    return v_identity;
end
$$;
comment on function public.record_sender_identity(uuid, text, text[]) is
    'What SES said about an identity just now. For the HTTP functions'' login only.';
revoke all on function public.record_sender_identity(uuid, text, text[])
    from public, anon, authenticated, service_role;
grant execute on function public.record_sender_identity(uuid, text, text[]) to authenticated;

create or replace function public.share_sender_identity(p_sender_identity_id uuid, p_is_shared boolean)
    returns public.sender_identities
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_identity public.sender_identities := ddp.lock_own_identity(p_sender_identity_id);
begin
    perform ddp.require(
        ddp.active_user_type() = 'admin', 'PT403', 'Only administrators let everyone send from an identity.',
        '{"code": "not-an-admin"}'
    );
    perform ddp.require(p_is_shared is not null, 'PT422', 'Say whether it is shared.', '{"code": "invalid-request"}');
    update public.sender_identities i set is_shared = p_is_shared
    where i.sender_identity_id = p_sender_identity_id
    returning i.* into v_identity;
    return v_identity;
end
$$;
comment on function public.share_sender_identity(uuid, boolean) is
    'Lets every user send from an identity, or no longer. For administrators.';
revoke all on function public.share_sender_identity(uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function public.share_sender_identity(uuid, boolean) to authenticated;

create or replace function public.remove_sender_identity(p_sender_identity_id uuid) returns public.sender_identities
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_identity constant public.sender_identities := ddp.lock_own_identity(p_sender_identity_id);
begin
    delete from public.sender_identities i where i.sender_identity_id = p_sender_identity_id;
    return v_identity;
end
$$;
comment on function public.remove_sender_identity(uuid) is
    'Gives an own identity up (administrators: any): nobody sends from it any more. Sends that were requested go on.';
revoke all on function public.remove_sender_identity(uuid) from public, anon, authenticated, service_role;
grant execute on function public.remove_sender_identity(uuid) to authenticated;
