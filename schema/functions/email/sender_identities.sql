-- requires: functions/require_active_user.sql
-- Who may send from a domain or address. Each user has a claim of its own, which binds nobody before it is proved. The
-- HTTP functions ask SES and the DNS about one and record the answer: only their login may do so, not a browser that calls
-- the same functions.

create or replace function ddp.require_http_login() returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        session_user = 'ddp_api', 'PT403', 'Only the HTTP API may do that.', '{"code": "http-only"}'
    );
end
$$;
comment on function ddp.require_http_login() is
    'PT403 for calls that do not come through the HTTP functions (PostgREST uses another login).';
revoke all on function ddp.require_http_login() from public, anon, authenticated, service_role;

create or replace function ddp.lock_own_identity(p_sender_identity_id uuid) returns public.sender_identities
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_owner();
    v_identity public.sender_identities;
begin
    select i.* into v_identity
    from public.sender_identities i
    where i.sender_identity_id = p_sender_identity_id
        and (i.created_by_user_id = v_user_id or ddp.active_user_type() = 'admin')
    for no key update;
    perform ddp.require(
        v_identity.sender_identity_id is not null, 'PT404', 'You have no such sender identity.',
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
    v_user_id constant uuid := ddp.require_owner();
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
    insert into public.sender_identities as i (identity, created_by_user_id) values (p_identity, v_user_id)
    on conflict (identity, created_by_user_id) do update
        set status = case i.status when 'failed' then 'pending' else i.status end
    returning * into v_identity;
    return v_identity;
end
$$;
comment on function public.create_sender_identity(text) is
    'Claims a domain or an address to send from: pending until it is proved. Others may claim it too. Repeated, it returns '
    'the same row; a claim whose proof did not come in time becomes pending again.';
revoke all on function public.create_sender_identity(text) from public, anon, authenticated, service_role;
grant execute on function public.create_sender_identity(text) to authenticated;

create or replace function public.record_sender_identity(
    p_sender_identity_id uuid, p_status text, p_dkim_tokens text[], p_published_claims uuid[] default null
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
    -- Whoever publishes records owns the domain now: those who proved it before must publish theirs too.
    update public.sender_identities i set status = 'pending'
    from public.users u
    where p_status = 'verified' and u.user_id = i.created_by_user_id and u.user_type <> 'admin'
        and i.identity = v_identity.identity and i.status = 'verified' and not i.is_shared
        and i.sender_identity_id <> p_sender_identity_id and i.sender_identity_id <> all (p_published_claims);
    return v_identity;
end
$$;
comment on function public.record_sender_identity(uuid, text, text[], uuid[]) is
    'Records what SES and the DNS said about an identity. p_published_claims: with a proof by DNS, the claims of which a '
    'record is published; other users'' claims to the domain are unproved from then on, unless they are shared or an '
    'administrator''s. For the HTTP functions'' login only.';
revoke all on function public.record_sender_identity(uuid, text, text[], uuid[])
    from public, anon, authenticated, service_role;
grant execute on function public.record_sender_identity(uuid, text, text[], uuid[]) to authenticated;

create or replace function public.sender_identity_claimants(p_identity text) returns uuid[]
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_owner();
    perform ddp.require_http_login();
    return (
        select coalesce(array_agg(i.created_by_user_id order by i.created_at), '{}')
        from public.sender_identities i where i.identity = p_identity
    );
end
$$;
comment on function public.sender_identity_claimants(text) is
    'The users who claim a domain or address, proved or not, the earliest first. For the HTTP functions'' login only, which '
    'tell nobody.';
revoke all on function public.sender_identity_claimants(text) from public, anon, authenticated, service_role;
grant execute on function public.sender_identity_claimants(text) to authenticated;

create or replace function public.share_sender_identity(p_sender_identity_id uuid, p_is_shared boolean)
    returns public.sender_identities
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_identity public.sender_identities := ddp.lock_own_identity(p_sender_identity_id);
begin
    perform ddp.require(
        ddp.active_user_type() = 'admin', 'PT403', 'Only administrators can let everyone send from an identity.',
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
    'Shares an identity with every user, or ends that. For administrators.';
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
    'Removes an own identity (administrators: any): nobody can send from it any more. Requested sends go on.';
revoke all on function public.remove_sender_identity(uuid) from public, anon, authenticated, service_role;
grant execute on function public.remove_sender_identity(uuid) to authenticated;
