-- requires: functions/is_worker.sql, functions/check_json.sql, functions/user_invitations.sql

-- The type that the identity provider's trusted metadata gives a new user. Unlike user_metadata, users cannot write it
-- themselves. Without it, a new user is an inactive retailer.
create or replace function ddp.granted_type(p_app_metadata jsonb) returns public.user_type
    language sql immutable
    set search_path = ''
as $$
    select case
        when p_app_metadata ->> 'user_type' in ('brand', 'retailer', 'admin')
            then (p_app_metadata ->> 'user_type')::public.user_type
    end
$$;
comment on function ddp.granted_type(jsonb) is 'The user type in trusted app metadata, or null.';
revoke all on function ddp.granted_type(jsonb) from public, anon, authenticated, service_role;

create or replace function ddp.add_user(
    p_user_id uuid, p_user_email text, p_user_name text, p_user_type public.user_type, p_is_active boolean,
    p_profile_data jsonb
) returns public.users
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_email constant text := ddp.checked_email(p_user_email);
    v_user public.users;
    v_constraint text;
begin
    perform ddp.require(
        length(p_user_name) <= 255 and btrim(p_user_name) <> '', 'PT422', 'A name has 1 to 255 characters.',
        '{"code": "invalid-name"}'
    );
    perform ddp.check_json(p_profile_data, 'The profile data');
    insert into public.users (user_id, user_email, user_name, user_type, is_active, profile_data)
    values (p_user_id, v_email, btrim(p_user_name), p_user_type, p_is_active, p_profile_data)
    returning * into v_user;
    return v_user;
exception
    when unique_violation then
        get stacked diagnostics v_constraint = constraint_name;
        perform ddp.require(
            v_constraint <> 'users_user_email_key', 'PT409', 'Another account has this e-mail address.',
            '{"code": "email-taken"}'
        );
        perform ddp.require(false, 'PT409', 'This account already exists.', '{"code": "user-exists"}');
end
$$;
comment on function ddp.add_user(uuid, text, text, public.user_type, boolean, jsonb) is
    'Adds a user after checking its fields; PT409 if the id or the e-mail address is taken.';
revoke all on function ddp.add_user(uuid, text, text, public.user_type, boolean, jsonb)
    from public, anon, authenticated, service_role;

create or replace function ddp.sign_up(p_user_email text, p_user_name text, p_user_type public.user_type, p_profile_data jsonb)
    returns public.users
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_claims constant jsonb := auth.jwt();
    v_granted constant public.user_type := ddp.granted_type(v_claims -> 'app_metadata');
    v_invitation constant public.user_invitations := ddp.lock_user_invitation();
    v_type constant public.user_type := coalesce(v_granted, v_invitation.user_type, 'retailer');
    v_email constant text := lower(v_claims ->> 'email');
    v_user public.users;
begin
    perform ddp.require(auth.uid() is not null, 'PT401', 'Sign in first.', '{"code": "not-signed-in"}');
    perform ddp.require(
        v_email <> '' and coalesce(lower(btrim(p_user_email)), v_email) = v_email, 'PT403',
        'You can sign up only with the e-mail address in your token.', '{"code": "email-not-verified"}'
    );
    perform ddp.require(
        coalesce(p_user_type, v_type) = v_type, 'PT403', 'Only an administrator can give an account this type.',
        '{"code": "type-not-granted"}'
    );
    v_user := ddp.add_user(
        auth.uid(), v_email, coalesce(p_user_name, split_part(v_email, '@', 1)), v_type,
        v_granted is not null or coalesce(v_invitation.is_active, false), p_profile_data
    );
    perform ddp.use_user_invitation(v_invitation.user_invitation_id, v_user.user_id);
    return v_user;
end
$$;
comment on function ddp.sign_up(text, text, public.user_type, jsonb) is
    'Makes the account of the user in the verified claims, with their id, their e-mail address, and the type in their '
    'trusted app metadata or in an invitation to their verified address; without either, an inactive retailer.';
revoke all on function ddp.sign_up(text, text, public.user_type, jsonb) from public, anon, authenticated, service_role;

create or replace function public.create_user(
    p_user_email text default null, p_user_name text default null, p_user_type public.user_type default null,
    p_profile_data jsonb default '{}', p_user_id uuid default null, p_is_active boolean default null
) returns public.users
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    if not ddp.is_worker() and ddp.active_user_type() is distinct from 'admin' then
        perform ddp.require(
            (p_user_id is null or p_user_id = auth.uid()) and p_is_active is not true, 'PT403',
            'You can sign up only yourself; an administrator activates your account.', '{"code": "not-admin"}'
        );
        return ddp.sign_up(p_user_email, p_user_name, p_user_type, p_profile_data);
    end if;
    perform ddp.require(
        p_user_id is not null, 'PT422', 'Give the user''s id at the identity provider.',
        '{"code": "user-id-missing"}'
    );
    return ddp.add_user(
        p_user_id, p_user_email, coalesce(p_user_name, split_part(p_user_email, '@', 1)),
        coalesce(p_user_type, 'retailer'), coalesce(p_is_active, false), p_profile_data
    );
end
$$;
comment on function public.create_user(text, text, public.user_type, jsonb, uuid, boolean) is
    'Creates an account. For sign-up, id and e-mail address are those of the token, and the account is an inactive '
    'retailer unless the token''s app_metadata.user_type or an invitation says otherwise. Administrators and service_role give the '
    'user''s id, type and activity; PT403 if anybody else does. PT409 if the id or the address is taken.';
revoke all on function public.create_user(text, text, public.user_type, jsonb, uuid, boolean)
    from public, anon, authenticated, service_role;
grant execute on function public.create_user(text, text, public.user_type, jsonb, uuid, boolean)
    to authenticated, service_role;

-- On Supabase, a user who signs up gets an account at once.
create or replace function ddp.create_user_of_auth_user() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
declare
    v_granted constant public.user_type := ddp.granted_type(new.raw_app_meta_data);
begin
    -- Without an address (a sign-up by telephone, or none) an administrator makes the account.
    if new.email is not null then
        perform ddp.add_user(
            new.id, new.email, coalesce(
                nullif(btrim(left(new.raw_user_meta_data ->> 'full_name', 255)), ''),
                left(split_part(new.email, '@', 1), 255)
            ), coalesce(v_granted, 'retailer'), v_granted is not null, '{}'
        );
    end if;
    return null;
exception
    when sqlstate 'PT409' or sqlstate 'PT422' then
        raise warning 'No account was made for the sign-up %: %', new.id, sqlerrm;  -- signing in must go on
        return null;
end
$$;
comment on function ddp.create_user_of_auth_user() is
    'Trigger on Supabase''s auth.users: the account of a new sign-up. Refuses nothing: sign-up goes on without one.';
revoke all on function ddp.create_user_of_auth_user() from public, anon, authenticated, service_role;
