-- requires: functions/require_active_user.sql, functions/verified_email.sql
-- Members of an account: invited by an owner, accepted by the person, ended by either.

create or replace function ddp.own_accounts() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    insert into public.account_members (account_id, member_id, member_role, accepted_at)
    select n.user_id, n.user_id, 'owner', now() from added n
    on conflict do nothing;
    return null;
end
$$;
comment on function ddp.own_accounts() is 'Trigger on users: every user is an owner of the account with the same id.';

-- Before a trigger did it for every way in which a membership ends.
drop function if exists ddp.end_sessions_of_member(uuid, uuid);

create or replace function ddp.end_memberships() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    update public.account_members m set ended_at = now()
    where m.ended_at is null and (
        m.member_id = new.user_id and m.account_id <> new.user_id
        or new.user_type = 'admin' and m.account_id = new.user_id and m.member_id is distinct from new.user_id
    );
    if not new.is_active then  -- nobody acts for it now: memberships wait, sessions end
        update public.sessions s set ended_at = greatest(now(), s.started_at)
        where s.user_id = new.user_id and s.ended_at is null;
    end if;
    return null;
end
$$;
comment on function ddp.end_memberships() is
    'Trigger on users: who becomes an administrator or is deactivated is a member of no other account, and nobody acts for '
    'an administrator. The sessions of a deactivated account end.';

create or replace function ddp.end_sessions_of_memberships() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    update public.sessions s set ended_at = greatest(now(), s.started_at)
    from ended e
    where e.ended_at is not null and s.user_id = e.account_id
        and s.member_id is not distinct from nullif(e.member_id, e.account_id) and e.member_id is not null
        and s.ended_at is null;
    return null;
end
$$;
comment on function ddp.end_sessions_of_memberships() is
    'Trigger on account_members, once per statement: ends the open sessions of memberships that have ended. Expects `ended`.';

create or replace function ddp.lock_account(p_account_id uuid) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    perform from public.users u where u.user_id = p_account_id for no key update;
end
$$;
comment on function ddp.lock_account(uuid) is
    'Makes changes of an account''s members wait for each other, so that two owners cannot remove each other at once.';

create or replace function ddp.lock_own_member(p_account_member_id uuid) returns public.account_members
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_account_id constant uuid := ddp.require_active_user();
    v_member public.account_members;
begin
    perform ddp.lock_account(v_account_id);
    -- The caller may have been removed while this waited.
    perform ddp.require_active_user();
    select m.* into v_member
    from public.account_members m
    where m.account_member_id = p_account_member_id and m.account_id = v_account_id and m.ended_at is null
    for update;
    perform ddp.require(
        v_member.account_id is not null, 'PT404', 'This account has no such member or invitation.',
        '{"code": "member-not-found"}'
    );
    return v_member;
end
$$;
comment on function ddp.lock_own_member(uuid) is 'A member of, or invitation to, the acting account, locked; PT404.';

create or replace function ddp.require_another_owner(p_member public.account_members) returns void
    language plpgsql stable
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_member.member_role <> 'owner' or p_member.accepted_at is null or exists (
            select from public.account_members m
            where m.account_id = p_member.account_id and m.member_role = 'owner' and m.accepted_at is not null
                and m.ended_at is null and m.account_member_id <> p_member.account_member_id
        ), 'PT409', 'This is the account''s only owner: make another member an owner first.',
        '{"code": "last-owner"}'
    );
end
$$;
comment on function ddp.require_another_owner(public.account_members) is
    'PT409 if the account would have no owner without this one.';

create or replace function public.invite_member(p_email text, p_member_role public.member_role)
    returns public.account_members
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_account_id constant uuid := ddp.require_owner();
    v_email constant text := ddp.checked_email(p_email);
    v_member public.account_members;
begin
    perform ddp.require(p_member_role is not null, 'PT422', 'Say which role the member has: viewer, editor or owner.');
    perform ddp.require(
        ddp.active_admin_id() is null, 'PT409', 'An administrator''s account cannot have other members.',
        '{"code": "administrator-alone"}'
    );
    perform ddp.lock_account(v_account_id);
    perform ddp.require_owner();
    perform ddp.require(
        (
            select count(*) from public.account_members m
            where m.account_id = v_account_id and m.ended_at is null and m.expires_at > now()
        ) < 200, 'PT409', 'An account has at most 200 members and invitations.', '{"code": "too-many-members"}'
    );
    perform ddp.require(
        not exists (
            select from public.account_members m
            left join public.users u on u.user_id = m.member_id
            where m.account_id = v_account_id and m.accepted_at is not null and m.ended_at is null
                and v_email in (u.user_email, m.invited_email)
        ), 'PT409', 'This person is a member already.', '{"code": "already-a-member"}'
    );
    insert into public.account_members as m (
        account_id, invited_email, member_role, invited_by_user_id, expires_at
    ) values (v_account_id, v_email, p_member_role, auth.uid(), now() + interval '14 days')
    on conflict (account_id, invited_email) where accepted_at is null and ended_at is null do update
    set member_role = excluded.member_role, invited_by_user_id = excluded.invited_by_user_id,
        invited_at = now(), expires_at = excluded.expires_at
    returning m.* into v_member;
    return v_member;
end
$$;
comment on function public.invite_member(text, public.member_role) is
    'Invites a person to act for the acting account, by e-mail address; inviting again renews the invitation for 14 days. '
    'For owners. Whoever signs in with the address as a verified one may accept. The identity provider, or the owner, '
    'tells the person.';

create or replace function public.accept_invitation(p_account_member_id uuid) returns public.account_members
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_person_id constant uuid := auth.uid();
    v_email constant text := ddp.verified_email();
    v_account_id uuid;
    v_member public.account_members;
begin
    perform ddp.require(v_person_id is not null, 'PT401', 'Sign in first.');
    select m.account_id into v_account_id from public.account_members m
    where m.account_member_id = p_account_member_id and m.invited_email = v_email;
    -- Both sides: neither becomes an administrator meanwhile.
    perform from public.users u where u.user_id in (v_account_id, v_person_id)
    order by u.user_id for no key update;
    select m.* into v_member
    from public.account_members m
    join public.users a on a.user_id = m.account_id and a.is_active and a.user_type <> 'admin'
    where m.account_member_id = p_account_member_id and m.invited_email = v_email and m.ended_at is null
        and (m.accepted_at is null and m.expires_at > now() or m.member_id = v_person_id)
    for update of m;
    perform ddp.require(
        v_member.account_id is not null, 'PT404',
        'There is no such invitation for your verified e-mail address, or it has expired: ask for a new one.',
        '{"code": "invitation-not-found"}'
    );
    perform ddp.require(
        exists (select from public.users u where u.user_id = v_person_id), 'PT409',
        'Make your account first (POST /me, or create_user()).', '{"code": "no-account"}'
    );
    perform ddp.require(
        not exists (select from public.users u where u.user_id = v_person_id and u.user_type = 'admin'), 'PT409',
        'An administrator cannot be a member of another account.', '{"code": "administrator-alone"}'
    );
    if v_member.accepted_at is null then
        perform ddp.require(
            not exists (
                select from public.account_members m
                where m.account_id = v_member.account_id and m.member_id = v_person_id and m.accepted_at is not null
                    and m.ended_at is null
            ), 'PT409', 'You are a member of this account already.', '{"code": "already-a-member"}'
        );
        update public.account_members m set member_id = v_person_id, accepted_at = now()
        where m.account_member_id = p_account_member_id
        returning m.* into v_member;
    end if;
    return v_member;
end
$$;
comment on function public.accept_invitation(uuid) is
    'Accepts an invitation to the caller''s verified e-mail address: from then on the caller may act for that account, and '
    'for nothing else. Accepting again changes nothing.';

-- The release before called it without parameters, as this one can be called too; but not both can be there.
drop function if exists public.invitations_of_caller();
create or replace function public.invitations_of_caller(
    p_at timestamptz default null, p_id uuid default null, p_limit integer default 200
)
    returns table (
        account_member_id uuid, account_id uuid, account_name varchar, member_role public.member_role,
        invited_at timestamptz, expires_at timestamptz
    )
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    return query
    select m.account_member_id, m.account_id, u.user_name, m.member_role, m.invited_at, m.expires_at
    from public.account_members m
    join public.users u on u.user_id = m.account_id and u.is_active and u.user_type <> 'admin'
    where m.invited_email = ddp.verified_email() and m.accepted_at is null and m.ended_at is null
        and m.expires_at > now()
        and (p_at is null or (m.invited_at, m.account_member_id) < (p_at, p_id))
    order by m.invited_at desc, m.account_member_id desc
    limit p_limit;
end
$$;
comment on function public.invitations_of_caller(timestamptz, uuid, integer) is
    'Open invitations to the caller''s verified e-mail address, the newest first, after the one that p_at and p_id name.';

create or replace function public.accounts_of_caller()
    returns table (
        account_id uuid, account_name varchar, user_type public.user_type, member_role public.member_role,
        is_acting boolean
    )
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    return query
    select m.account_id, u.user_name, u.user_type, m.member_role, m.account_id is not distinct from ddp.active_user_id()
    from public.account_members m
    join public.users u on u.user_id = m.account_id and u.is_active
    where m.member_id = auth.uid() and m.accepted_at is not null and m.ended_at is null
        and (u.user_type <> 'admin' or m.account_id = auth.uid())
    order by m.account_id = auth.uid() desc, u.user_name, m.account_id;
end
$$;
comment on function public.accounts_of_caller() is
    'The active accounts that the caller may act for; is_acting: the one that this request acts for.';

create or replace function public.change_member(p_account_member_id uuid, p_member_role public.member_role)
    returns public.account_members
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_account_id constant uuid := ddp.require_owner();
    v_member public.account_members := ddp.lock_own_member(p_account_member_id);
begin
    perform ddp.require_owner();
    perform ddp.require(p_member_role is not null, 'PT422', 'Say which role the member has: viewer, editor or owner.');
    if p_member_role <> 'owner' then
        perform ddp.require_another_owner(v_member);
    end if;
    update public.account_members m set member_role = p_member_role
    where m.account_member_id = p_account_member_id and m.account_id = v_account_id
    returning m.* into v_member;
    return v_member;
end
$$;
comment on function public.change_member(uuid, public.member_role) is
    'Changes the role of a member or invitation of the acting account. For owners; the last owner stays one.';

create or replace function public.end_member(p_account_member_id uuid) returns public.account_members
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_member public.account_members := ddp.lock_own_member(p_account_member_id);
begin
    if v_member.member_id is distinct from auth.uid() then
        perform ddp.require_owner();
    end if;
    perform ddp.require_another_owner(v_member);
    update public.account_members m set ended_at = now()
    where m.account_member_id = p_account_member_id
    returning m.* into v_member;
    return v_member;
end
$$;
comment on function public.end_member(uuid) is
    'Ends a membership of the acting account, or withdraws an invitation to it, at once; the member''s sessions end too. '
    'For owners, and for members about themselves. The last owner stays.';

revoke all on function
    ddp.own_accounts(), ddp.end_sessions_of_memberships(), ddp.end_memberships(), ddp.lock_account(uuid),
    ddp.lock_own_member(uuid), ddp.require_another_owner(public.account_members),
    public.invite_member(text, public.member_role), public.accept_invitation(uuid), public.invitations_of_caller(timestamptz, uuid, integer),
    public.accounts_of_caller(), public.change_member(uuid, public.member_role), public.end_member(uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    public.invite_member(text, public.member_role), public.accept_invitation(uuid), public.invitations_of_caller(timestamptz, uuid, integer),
    public.accounts_of_caller(), public.change_member(uuid, public.member_role), public.end_member(uuid)
    to authenticated;
