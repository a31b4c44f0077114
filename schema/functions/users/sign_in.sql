-- requires: functions/create_user.sql, functions/set_user_access.sql, functions/sender_fields.sql
-- What a person does about its own row of users, whatever account it acts for, and also while it is inactive.

create or replace function public.sign_in(p_user_name text default null, p_profile_data jsonb default '{}')
    returns public.users
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_person_id constant uuid := auth.uid();
    v_user public.users;
    v_invitation public.user_invitations;
begin
    perform ddp.require(v_person_id is not null, 'PT401', 'Sign in first.', '{"code": "not-signed-in"}');
    select u.* into v_user from public.users u where u.user_id = v_person_id;
    if not found then
        begin
            perform ddp.sign_up(null, p_user_name, null, coalesce(p_profile_data, '{}'));
        exception when sqlstate 'PT409' then
            -- The same person signed in twice at once; otherwise another account has the address.
            perform from public.users u where u.user_id = v_person_id;
            if not found then
                raise;
            end if;
        end;
    elsif not v_user.is_active then
        v_invitation := ddp.lock_user_invitation();
        if v_invitation.user_invitation_id is not null then
            perform ddp.change_access(v_person_id, v_invitation.user_type, v_invitation.is_active);
            perform ddp.use_user_invitation(v_invitation.user_invitation_id, v_person_id);
        end if;
    end if;
    update public.users u set last_login_at = now() where u.user_id = v_person_id returning u.* into v_user;
    return v_user;
end
$$;
comment on function public.sign_in(text, jsonb) is
    'Records that the caller, a person, signed in, and returns its row of users. Makes the row if there is none, as '
    'create_user() does, with this name and profile; an open invitation decides the type and activity of a new or inactive one.';

create or replace function public.person_of_caller() returns setof public.users
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    return query select u.* from public.users u where u.user_id = auth.uid();
end
$$;
comment on function public.person_of_caller() is
    'The caller''s own row of users, whatever account the caller acts for, and also while it is inactive.';

create or replace function ddp.changed_profile(p_old jsonb, p_new jsonb, p_sender jsonb) returns jsonb
    language sql immutable
    set search_path = ''
as $$
    -- Front ends from before there were fields of the sender replace a profile as a whole: these stay all the same.
    with sender (fields) as (
        select case
            when p_sender is null then coalesce(p_new, p_old) -> 'sender'
            else jsonb_strip_nulls(
                case jsonb_typeof(p_old -> 'sender') when 'object' then p_old -> 'sender' else '{}' end || p_sender
            )
        end
    )
    select coalesce(p_new, p_old)
        || case when coalesce(s.fields, p_old -> 'sender') is null then '{}'
            else jsonb_build_object('sender', coalesce(s.fields, p_old -> 'sender')) end
    from sender s
$$;
comment on function ddp.changed_profile(jsonb, jsonb, jsonb) is
    'A profile, replaced by a new one (null: not), with these fields of the sender changed (null: none), which otherwise stay.';

create or replace function public.change_person(
    p_user_name text default null, p_profile_data jsonb default null, p_sender jsonb default null
) returns public.users
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_user public.users;
begin
    perform ddp.require(auth.uid() is not null, 'PT401', 'Sign in first.', '{"code": "not-signed-in"}');
    perform ddp.require(
        p_user_name is null or length(p_user_name) <= 255 and btrim(p_user_name) <> '', 'PT422',
        'A name has 1 to 255 characters.', '{"code": "invalid-name"}'
    );
    perform ddp.check_json(p_profile_data, 'The profile data') where p_profile_data is not null;
    perform ddp.check_json(p_sender, 'The sender') where p_sender is not null;
    update public.users u
    set user_name = coalesce(btrim(p_user_name), u.user_name),
        profile_data = ddp.changed_profile(u.profile_data, p_profile_data, p_sender)
    where u.user_id = auth.uid()
    returning u.* into v_user;
    perform ddp.require(
        v_user.user_id is not null, 'PT404', 'Make your account first (POST /me, or create_user()).', '{"code": "no-account"}'
    );
    return v_user;
end
$$;
comment on function public.change_person(text, jsonb, jsonb) is
    'Changes the name and profile of the caller''s own row of users; null leaves them as they are. Also while it is inactive. '
    'p_sender: fields of profile_data.sender to set or (null) remove; the others stay.';

revoke all on function
    ddp.changed_profile(jsonb, jsonb, jsonb), public.sign_in(text, jsonb), public.person_of_caller(),
    public.change_person(text, jsonb, jsonb)
    from public, anon, authenticated, service_role;
grant execute on function
    public.sign_in(text, jsonb), public.person_of_caller(), public.change_person(text, jsonb, jsonb) to authenticated;
