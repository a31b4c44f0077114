-- Administrators decide the type and activity of an account before its person signs in for the first time. Accounts are
-- found by the words of their names.

create table public.user_invitations (
    user_invitation_id uuid primary key default gen_random_uuid(),
    invited_email varchar(255) not null
        check (invited_email = lower(invited_email) and invited_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    user_type public.user_type not null,
    is_active boolean not null default true,
    invited_by_user_id uuid references public.users on delete set null,
    invited_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '14 days',
    accepted_by_user_id uuid references public.users on delete cascade,
    accepted_at timestamptz,
    ended_at timestamptz,
    check (accepted_at is not null or accepted_by_user_id is null)
);
alter table public.user_invitations enable row level security;
comment on table public.user_invitations is
    'What an account becomes when somebody signs in with this address as a verified one. Used once.';
comment on column public.user_invitations.ended_at is 'When an administrator withdrew it.';

create unique index user_invitations_open_key on public.user_invitations (invited_email)
    where accepted_at is null and ended_at is null;
create index user_invitations_invited_idx on public.user_invitations (invited_at desc, user_invitation_id desc);
create index user_invitations_invited_by_user_idx on public.user_invitations (invited_by_user_id);
create index user_invitations_accepted_by_user_idx on public.user_invitations (accepted_by_user_id)
    where accepted_by_user_id is not null;

-- Names of accounts, from each of their words on, so that a search by the beginning of any word reads an index. Under row
-- level security such a search would read every row, because `like` is not leakproof.

create table ddp.user_words (
    user_id uuid not null references public.users on delete cascade,
    word_no smallint not null,
    word varchar(100) collate "C" not null,
    user_type public.user_type not null,
    is_active boolean not null,
    primary key (user_id, word_no)
);
alter table ddp.user_words enable row level security;
comment on table ddp.user_words is
    'The name of each account from its first, second, … word on, in lower case. Filled by trigger from users; read by functions.';
create index user_words_word_idx on ddp.user_words (user_type, is_active, word_no, word, user_id);

create function ddp.name_words(p_name text) returns table (word_no smallint, word varchar)
    language sql immutable
    set search_path = ''
as $$
    with name (words) as (
        select regexp_split_to_array(btrim(regexp_replace(lower(p_name), '[[:space:]]+', ' ', 'g')), ' ')
    )
    select n::smallint, left(array_to_string(name.words[n:], ' '), 100)::varchar
    from name cross join generate_series(1, least(cardinality(name.words), 8)) n
$$;
revoke all on function ddp.name_words(text) from public, anon, authenticated, service_role;

create function ddp.index_names() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    insert into ddp.user_words (user_id, word_no, word, user_type, is_active)
    select n.user_id, w.word_no, w.word, n.user_type, n.is_active
    from added n cross join lateral ddp.name_words(n.user_name) w
    on conflict do nothing;
    return null;
end
$$;
revoke all on function ddp.index_names() from public, anon, authenticated, service_role;
create function ddp.index_name() returns trigger
    language plpgsql security definer
    set search_path = ''
as $$
begin
    delete from ddp.user_words w where w.user_id = new.user_id;
    insert into ddp.user_words (user_id, word_no, word, user_type, is_active)
    select new.user_id, w.word_no, w.word, new.user_type, new.is_active from ddp.name_words(new.user_name) w
    on conflict do nothing;
    return null;
end
$$;
revoke all on function ddp.index_name() from public, anon, authenticated, service_role;
-- First the triggers, then (0117) who is there already: so nobody who signs up meanwhile is left out.
create trigger index_names after insert on public.users referencing new table as added
    for each statement execute function ddp.index_names();
create trigger index_name after update of user_name, user_type, is_active on public.users
    for each row execute function ddp.index_name();
