-- Who acts for which account, for policies and functions. Type and activity come from `users`, never from a claim.
-- The person is `auth.uid()`. The account is one that the person is a member of: the one that the request chooses, else the
-- person's own if it is active, else the only one. What belongs to somebody belongs to an account.
-- SECURITY DEFINER: a policy on `users` that read `users` as the caller would call itself. Policies use these as scalar
-- sub-selects, so that they run once per statement and not once per row.
-- PL/pgSQL keeps its plans for the session. Before PostgreSQL 18, an SQL function that is not inlined (a SECURITY
-- DEFINER function never is) is planned again by every statement that calls it, which takes longer than most of them.

create or replace function ddp.chosen_account() returns text
    language plpgsql stable parallel safe
    set search_path = ''
as $$
declare
    v_chosen text;
begin
    -- Not request_header(): what parallel workers run has no exception handler.
    if strpos(current_setting('request.headers', true), 'x-ddp-account') > 0 then
        v_chosen := nullif(btrim(current_setting('request.headers', true)::jsonb ->> 'x-ddp-account'), '');
    end if;
    if v_chosen is null and strpos(current_setting('request.jwt.claims', true), 'account_id') > 0 then
        v_chosen := auth.jwt() -> 'app_metadata' ->> 'account_id';
    end if;
    return lower(v_chosen);
end
$$;
comment on function ddp.chosen_account() is
    'The account that the request wants to act for: its header x-ddp-account, else the token''s app_metadata.account_id; '
    'null: none. It only chooses among the person''s memberships.';

create or replace function ddp.acting(
    out account_id uuid, out member_role public.member_role, out user_type public.user_type
)
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
declare
    v_person_id constant uuid := auth.uid();
    v_chosen text;
    v_choices bigint;
begin
    -- Most requests choose none, and to look for the words is faster than to call a function that does.
    if strpos(current_setting('request.headers', true), 'x-ddp-account') > 0
        or strpos(current_setting('request.jwt.claims', true), 'account_id') > 0
    then
        v_chosen := ddp.chosen_account();
    end if;
    if v_chosen is null then
        -- Nearly always: one row by index.
        select m.account_id, m.member_role, u.user_type
        into acting.account_id, acting.member_role, acting.user_type
        from public.account_members m
        join public.users u on u.user_id = m.account_id
        where m.member_id = v_person_id and m.account_id = v_person_id and m.accepted_at is not null
            and m.ended_at is null and u.is_active;
        if found then
            return;
        end if;
    end if;
    select m.account_id, m.member_role, u.user_type, count(*) over ()
    into acting.account_id, acting.member_role, acting.user_type, v_choices
    from public.account_members m
    join public.users u on u.user_id = m.account_id
    where m.member_id = v_person_id and m.accepted_at is not null and m.ended_at is null
        and u.is_active
        -- Nobody acts for an administrator.
        and (u.user_type <> 'admin' or m.account_id = v_person_id)
        and (v_chosen is null or m.account_id::text = v_chosen)
    limit 1;
    if v_choices > 1 then
        account_id := null;
        member_role := null;
        user_type := null;
    end if;
end
$$;
comment on function ddp.acting() is
    'The account that the caller acts for, the caller''s role in it, and its type. Null without claims, for somebody who is '
    'a member of no active account, and if one of several has to be chosen.';

create or replace function ddp.active_user_id() returns uuid
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return (ddp.acting()).account_id;
end
$$;
comment on function ddp.active_user_id() is
    'The acting account; null without claims, for an unknown user, and for one without an active account.';

create or replace function ddp.active_editor_id() returns uuid
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
declare
    v_acting constant record := ddp.acting();
begin
    return case when v_acting.member_role >= 'editor' then v_acting.account_id end;
end
$$;
comment on function ddp.active_editor_id() is 'The acting account if the caller may work for it: an editor or owner.';

create or replace function ddp.active_owner_id() returns uuid
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
declare
    v_acting constant record := ddp.acting();
begin
    return case when v_acting.member_role = 'owner' then v_acting.account_id end;
end
$$;
comment on function ddp.active_owner_id() is
    'The acting account if the caller may manage its members, senders, money and accounts of platforms: an owner.';

create or replace function ddp.active_user_type() returns public.user_type
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
begin
    return (ddp.acting()).user_type;
end
$$;
comment on function ddp.active_user_type() is 'The acting account''s type; null where active_user_id() is null.';

-- The planner assumes that `is not null` holds, and so estimates a list of own rows by the list's own condition. It
-- assumes that `active_user_type() = 'admin'` is rare, and would plan the same list as nearly empty.
create or replace function ddp.active_admin_id() returns uuid
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
declare
    v_acting constant record := ddp.acting();
begin
    return case when v_acting.user_type = 'admin' then v_acting.account_id end;
end
$$;
comment on function ddp.active_admin_id() is 'The acting account if it is an administrator, else null.';

-- Each sub-select of a policy is rewritten and planned by every statement, which takes longer than to evaluate it. So
-- policies on tables of long lists have one `case` with this, in place of one question for the account and one for
-- administrators:
--     case (select ddp.reader_id()) when created_by_user_id then true when 'ffffffff-…' then true end
-- Where everyone signed in sees a row, it has `coalesce((select ddp.reader_id()), '00000000-…')` and first `when '00000000-…'
-- then false`: so nobody is refused without a second sub-select.
create or replace function ddp.reader_id() returns uuid
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
declare
    v_person_id constant uuid := auth.uid();
    v_account_id uuid;
    v_type public.user_type;
begin
    -- Nearly every statement asks this: so it calls acting() only where somebody acts for another account than the own, or
    -- chooses one. These are conditions of one query, because PL/pgSQL prepares each of its own expressions again in each
    -- transaction.
    select m.account_id, u.user_type into v_account_id, v_type
    from public.account_members m
    join public.users u on u.user_id = m.account_id
    where m.member_id = v_person_id and m.account_id = v_person_id and m.accepted_at is not null
        and m.ended_at is null and u.is_active
        and coalesce(strpos(current_setting('request.headers', true), 'x-ddp-account'), 0) = 0
        and coalesce(strpos(current_setting('request.jwt.claims', true), 'account_id'), 0) = 0;
    if not found then
        select a.account_id, a.user_type into v_account_id, v_type from ddp.acting() a;
    end if;
    -- An account with that id would read everything: it reads nothing.
    return case
        when v_type = 'admin' then 'ffffffff-ffff-ffff-ffff-ffffffffffff'
        else nullif(v_account_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    end;
end
$$;
comment on function ddp.reader_id() is
    'Whose rows the caller reads: the acting account''s own; for an administrator everybody''s, which is the id '
    'ffffffff-ffff-ffff-ffff-ffffffffffff. Null where active_user_id() is null.';

create or replace function ddp.audiences_of_caller() returns text[]
    language plpgsql stable parallel safe security definer
    set search_path = ''
as $$
declare
    v_acting constant record := ddp.acting();
begin
    if v_acting.user_type = 'retailer' then
        return array[v_acting.account_id::text, 'retailer', 'everyone'] || array(
            select 'group:' || m.group_id from public.retailer_group_members m where m.retailer_id = v_acting.account_id
        );
    end if;
    return case when v_acting.account_id is not null
        then array[v_acting.account_id::text, v_acting.user_type::text, 'everyone'] end;
end
$$;
comment on function ddp.audiences_of_caller() is
    'The audiences in ddp.file_access to which the acting account belongs; null where active_user_id() is null.';

revoke all on function
    ddp.chosen_account(), ddp.acting(), ddp.active_user_id(), ddp.active_editor_id(), ddp.active_owner_id(),
    ddp.active_user_type(), ddp.active_admin_id(), ddp.reader_id(), ddp.audiences_of_caller()
    from public, anon, authenticated, service_role;
grant execute on function
    ddp.active_user_id(), ddp.active_editor_id(), ddp.active_owner_id(),
    ddp.active_user_type(), ddp.active_admin_id(), ddp.reader_id(), ddp.audiences_of_caller()
    to authenticated;
