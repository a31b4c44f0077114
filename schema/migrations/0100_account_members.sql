-- Several people may act for one account (a row of `users`). Every user is an owner of the account with the same id.

create type public.member_role as enum ('viewer', 'editor', 'owner');
comment on type public.member_role is
    'What a member may do for the account: a viewer reads, an editor also works, an owner also manages members, senders, '
    'money and the accounts of platforms.';

create table public.account_members (
    account_member_id uuid primary key default gen_random_uuid(),
    account_id uuid not null references public.users on delete cascade,
    member_id uuid references public.users on delete cascade,
    invited_email varchar(255)
        check (invited_email = lower(invited_email) and invited_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    member_role public.member_role not null,
    invited_by_user_id uuid references public.users on delete set null,
    invited_at timestamptz not null default now(),
    expires_at timestamptz not null default 'infinity',
    accepted_at timestamptz,
    ended_at timestamptz,
    -- Who accepted is known, and nobody else has a row without having been invited by e-mail.
    check ((member_id is null) = (accepted_at is null)),
    check (member_id is not null or invited_email is not null)
);
alter table public.account_members enable row level security;
comment on table public.account_members is
    'Who acts for which account. A row is an invitation until it is accepted, and a membership until it ends.';
comment on column public.account_members.account_id is 'The account that is acted for.';
comment on column public.account_members.member_id is
    'The person: the `sub` of the token, and a row of `users`, which need not be active. Null: not accepted yet.';
comment on column public.account_members.invited_email is
    'Who may accept: a person whose token has this address as a verified one. Null for the account''s own user.';

-- Who acts is asked by every statement: by the person, among the memberships in force.
create unique index account_members_member_key on public.account_members (member_id, account_id)
    where accepted_at is not null and ended_at is null;
create unique index account_members_invitation_key on public.account_members (account_id, invited_email)
    where accepted_at is null and ended_at is null;
create index account_members_invited_email_idx on public.account_members (invited_email)
    where accepted_at is null and ended_at is null;
create index account_members_account_idx on public.account_members (account_id, invited_at desc, account_member_id desc);
create index account_members_member_idx on public.account_members (member_id);
create index account_members_invited_by_user_idx on public.account_members (invited_by_user_id);

create function ddp.own_accounts() returns trigger
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
revoke all on function ddp.own_accounts() from public, anon, authenticated, service_role;
-- First the trigger, then (0110) who is there already: so nobody who signs up meanwhile is left out.
create trigger own_accounts after insert on public.users referencing new table as added
    for each statement execute function ddp.own_accounts();

-- A session is a person's, at work for an account. Null: the account's own user (sessions of the release before).
alter table public.sessions add column member_id uuid;
alter table public.sessions add constraint sessions_member_id_fkey
    foreign key (member_id) references public.users on delete cascade not valid;
comment on column public.sessions.member_id is 'The person who acts in the session; null: the user itself.';
