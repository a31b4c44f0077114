-- requires: functions/require.sql

create or replace function ddp.checked_email(p_email text) returns text
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_email constant text := lower(btrim(p_email));
begin
    perform ddp.require(
        length(v_email) <= 255 and v_email ~ '^[^@[:space:]]+@[^@[:space:]]+$', 'PT422',
        'An e-mail address has the form name@domain and at most 255 characters.', '{"code": "invalid-email"}'
    );
    return v_email;
end
$$;
comment on function ddp.checked_email(text) is 'The address in lower case; PT422 if it is not one.';

create or replace function ddp.verified_email() returns text
    language plpgsql stable security definer
    set search_path = ''
as $$
declare
    v_claims constant jsonb := auth.jwt();
begin
    if v_claims ->> 'email_verified' = 'true' then
        return lower(v_claims ->> 'email');
    elsif to_regclass('auth.users') is not null and has_table_privilege('auth.users', 'SELECT') then
        -- Supabase's tokens do not say it at the top, and their user_metadata belongs to the user.
        return (
            select lower(u.email) from auth.users u
            where u.id = auth.uid() and u.email_confirmed_at is not null and lower(u.email) = lower(v_claims ->> 'email')
        );
    end if;
    return null;
end
$$;
comment on function ddp.verified_email() is
    'The caller''s e-mail address, if the identity provider has verified it: by the claim email_verified, or on Supabase by '
    'auth.users. Null otherwise. user_metadata proves nothing, because users write it themselves.';
revoke all on function ddp.checked_email(text), ddp.verified_email() from public, anon, authenticated, service_role;
