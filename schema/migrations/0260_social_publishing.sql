-- Publishing to social platforms: accounts and posts with a state, what a post consists of, and notices. The tables of
-- accounts and posts are of people's own making, and so thousands of rows: filled in a moment.

create type public.social_account_status as enum ('active', 'reconnect', 'disconnected');
create type public.social_post_status as enum (
    'draft', 'scheduled', 'claimed', 'preparing', 'ready', 'publishing', 'published', 'unconfirmed', 'failed', 'missed',
    'cancelled'
);

alter table public.social_accounts
    add column external_account_id varchar(255),
    add column account_kind varchar(30),
    add column status public.social_account_status not null default 'active',
    add column status_reason varchar(500),
    add column scopes text[] not null default '{}',
    add column token_expires_at timestamptz,
    add column reconnect_by timestamptz,
    add column time_zone varchar(64);
comment on column public.social_accounts.external_account_id is 'The platform''s id of the page, channel, organisation or person.';
comment on column public.social_accounts.account_kind is 'What it is on the platform: page, channel, organization, member, business, creator, …';
comment on column public.social_accounts.status is
    'active: posts go out; reconnect: the platform no longer takes its token, and its posts wait; disconnected: by a person.';
comment on column public.social_accounts.status_reason is 'Why it is not active, as a sentence.';
comment on column public.social_accounts.is_active is 'Whether status is active. Set by trigger.';
comment on column public.social_accounts.scopes is 'What the owner allowed when connecting it, in the platform''s words.';
comment on column public.social_accounts.token_expires_at is 'When the access token ends; workers refresh it before.';
comment on column public.social_accounts.reconnect_by is 'When the refresh token ends: after that only connecting again helps; null: not known.';
comment on column public.social_accounts.time_zone is 'In which the slots of the account are meant; null: UTC.';
alter table public.social_accounts
    add constraint social_accounts_scopes_size check (cardinality(scopes) <= 100 and length(scopes::text) <= 8000) not valid;

alter table public.social_posts
    add column status public.social_post_status not null default 'draft',
    add column group_id uuid,
    add column title varchar(300),
    add column options jsonb not null default '{}',
    add column revision integer not null default 1,
    add column problems jsonb not null default '[]',
    add column error_code varchar(50),
    add column error_reason varchar(500),
    add column permalink text,
    -- As the person wrote it; time_zone says where.
    -- squawk-ignore prefer-timestamp-tz
    add column local_time timestamp,
    add column time_zone varchar(64);
comment on column public.social_posts.group_id is 'The same for all posts that were made at once, one per account; null: made alone.';
comment on column public.social_posts.options is 'Settings of the platform, such as privacy; validated by the HTTP functions and workers.';
comment on column public.social_posts.revision is 'How often people changed the post; a change names the revision that it is made to.';
comment on column public.social_posts.problems is 'Of a draft: why it cannot be scheduled, each with field, code and message.';
comment on column public.social_posts.error_code is 'Why it failed, was missed or is unconfirmed.';
comment on column public.social_posts.local_time is 'What the person chose, by the clock of time_zone; scheduled_at is that instant.';
alter table public.social_posts
    add constraint social_posts_options_size check (ddp.is_metadata(options)) not valid,
    add constraint social_posts_problems_size
        check (jsonb_typeof(problems) = 'array' and length(problems::text) <= 65536) not valid,
    add constraint social_posts_permalink_size check (length(permalink) <= 2000) not valid,
    add constraint social_posts_published check (status <> 'published' or published_at is not null) not valid,
    add constraint social_posts_scheduled check (
        status not in ('scheduled', 'claimed', 'preparing', 'ready', 'publishing') or scheduled_at is not null
    ) not valid;

-- A post changes its status half a dozen times, and no index knows it: its row stays on its page.
alter table public.social_posts set (fillfactor = 70);

create table public.social_post_media (
    post_id uuid not null references public.social_posts on delete cascade,
    position smallint not null check (position between 0 and 99),
    file_id uuid not null references public.files,
    alt_text varchar(1500),
    primary key (post_id, position)
);
alter table public.social_post_media enable row level security;
create index social_post_media_file_idx on public.social_post_media (file_id);
comment on table public.social_post_media is 'The images and videos of a post, in their order from 0.';
comment on column public.social_post_media.alt_text is 'What people who cannot see it read.';

create table public.social_post_parts (
    post_id uuid not null references public.social_posts on delete cascade,
    part_no smallint not null check (part_no in (0, 1)),
    content text check (length(content) <= 10000),
    status varchar(20) not null default 'waiting'
        check (status in ('waiting', 'calling', 'published', 'unconfirmed', 'failed', 'skipped')),
    external_id varchar(255),
    permalink text check (length(permalink) <= 2000),
    error_code varchar(50),
    error_reason varchar(500),
    published_at timestamptz,
    primary key (post_id, part_no),
    check (part_no = 1 or content is null),
    check (part_no = 0 or content is not null)
);
alter table public.social_post_parts enable row level security;
comment on table public.social_post_parts is 'What of a post is published by a call of its own: 0 the post itself, 1 its first comment.';
comment on column public.social_post_parts.content is 'The text of the first comment; the post''s own is on the post.';
comment on column public.social_post_parts.status is
    'waiting; calling: the call has started; published; unconfirmed: whether it was published is not known; failed; skipped: '
    'its time was over.';

create table public.social_slots (
    account_id uuid not null references public.social_accounts on delete cascade,
    weekday smallint not null check (weekday between 1 and 7),
    local_time time not null,
    primary key (account_id, weekday, local_time)
);
alter table public.social_slots enable row level security;
comment on table public.social_slots is 'Times of the week at which an account likes to post, by the clock of its time zone.';
comment on column public.social_slots.weekday is '1 is Monday, 7 Sunday.';

create table public.notices (
    notice_id uuid primary key default gen_random_uuid(),
    user_id uuid not null references public.users,
    cause varchar(50) not null check (cause <> ''),
    subject_type varchar(30),
    subject_id uuid,
    day date not null,
    count integer not null default 1 check (count > 0),
    detail jsonb not null default '{}' check (jsonb_typeof(detail) = 'object' and length(detail::text) <= 8192),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    read_at timestamptz,
    check ((subject_type is null) = (subject_id is null)),
    unique nulls not distinct (user_id, cause, subject_id, day)
);
alter table public.notices enable row level security;
create index notices_user_idx on public.notices (user_id, updated_at desc, notice_id desc);
comment on table public.notices is
    'What an account should know without asking: one row for each cause, subject and day, counted up. No texts: ids and words only.';
comment on column public.notices.subject_type is 'What subject_id is the id of: social_account.';
comment on column public.notices.day is 'UTC.';
comment on column public.notices.detail is 'Such as the ids of the latest posts that it is about.';
comment on column public.notices.read_at is 'When it was read; a new occurrence makes it unread again.';

-- What exists gets its true status, without a trail of changes that nobody made. Nothing can read the old tokens, and
-- nobody expects a post that no worker was there to publish: none goes out by surprise.
alter table public.social_accounts disable trigger user;
update public.social_accounts a
set status = case when a.is_active then 'reconnect' else 'disconnected' end::public.social_account_status,
    status_reason = case when a.is_active then 'Connect this account again: it was connected before posts could be published from here.' end,
    is_active = false;
alter table public.social_accounts enable trigger user;

alter table public.social_posts disable trigger user;
update public.social_posts p
set status = case
        when p.published_at is not null then 'published'
        when p.scheduled_at <= now() then 'missed'
        else 'draft'
    end::public.social_post_status,
    error_code = case when p.published_at is null and p.scheduled_at <= now() then 'missed' end,
    error_reason = case when p.published_at is null and p.scheduled_at <= now()
        then 'Its time passed before posts could be published from here.' end,
    problems = case when p.published_at is null and p.scheduled_at > now() then
        '[{"field": "scheduled_at", "code": "not-validated", "message": "This post was scheduled before posts could be published from here: schedule it again."}]'::jsonb
        else '[]' end;
alter table public.social_posts enable trigger user;
insert into public.social_post_parts (post_id, part_no, status, external_id, published_at)
select p.post_id, 0, case when p.published_at is not null then 'published' else 'waiting' end, p.external_post_id, p.published_at
from public.social_posts p;
