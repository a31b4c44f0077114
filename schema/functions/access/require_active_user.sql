-- requires: functions/require.sql, functions/active_user.sql

create or replace function ddp.require_member(p_at_least public.member_role) returns uuid
    language plpgsql stable
    set search_path = ''
as $$
declare
    v_acting constant record := ddp.acting();
begin
    if v_acting.member_role >= p_at_least then
        return v_acting.account_id;
    end if;
    perform ddp.require(auth.uid() is not null, 'PT401', 'Sign in first.');
    perform ddp.require(
        v_acting.account_id is null, 'PT403',
        format('Your role in this account is %s; only %s may do that.', v_acting.member_role,
            case p_at_least when 'owner' then 'owners' else 'editors and owners' end),
        '{"code": "role-too-low"}'
    );
    perform ddp.require(
        ddp.chosen_account() is null, 'PT403',
        'You do not act for the account that x-ddp-account (or the token''s account_id) names: it must be an active '
        'account that you are a member of.',
        '{"code": "not-a-member"}'
    );
    perform ddp.require(
        (
            select count(*) from public.account_members m
            join public.users u on u.user_id = m.account_id and u.is_active
            where m.member_id = auth.uid() and m.accepted_at is not null and m.ended_at is null
        ) < 2, 'PT403',
        'You are a member of several accounts: name one of them in the header x-ddp-account.',
        '{"code": "account-not-chosen"}'
    );
    perform ddp.require(
        false, 'PT401', 'Your account is not active: ask an administrator to activate it.',
        '{"code": "account-inactive"}'
    );
end
$$;
comment on function ddp.require_member(public.member_role) is
    'The acting account, if the caller''s role in it is at least this one. PT401: not signed in, or no active account. '
    'PT403: the role is lower, or the account is none of the caller''s.';

create or replace function ddp.require_active_user() returns uuid
    language plpgsql stable
    set search_path = ''
as $$
begin
    return ddp.require_member('viewer');
end
$$;
comment on function ddp.require_active_user() is 'The acting account, for whoever may read: see require_member().';

create or replace function ddp.require_editor() returns uuid
    language plpgsql stable
    set search_path = ''
as $$
begin
    return ddp.require_member('editor');
end
$$;
comment on function ddp.require_editor() is 'The acting account, for whoever may work for it: see require_member().';

create or replace function ddp.require_owner() returns uuid
    language plpgsql stable
    set search_path = ''
as $$
begin
    return ddp.require_member('owner');
end
$$;
comment on function ddp.require_owner() is
    'The acting account, for whoever may manage its members, senders, money and accounts of platforms: see require_member().';

create or replace function ddp.require_chosen_account() returns void
    language plpgsql stable security definer
    set search_path = ''
as $$
begin
    perform ddp.require_member('viewer');
end
$$;
comment on function ddp.require_chosen_account() is
    'For requests that name an account: PT403 unless the caller is a member of it. Without this, reading would show nothing, as '
    'if the account had nothing.';

revoke all on function
    ddp.require_chosen_account(), ddp.require_member(public.member_role), ddp.require_active_user(), ddp.require_editor(), ddp.require_owner()
    from public, anon, authenticated, service_role;
grant execute on function ddp.require_chosen_account() to authenticated;
