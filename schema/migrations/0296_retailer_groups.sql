-- A brand's groups of retailers: audiences of brand assets, campaigns and messages, and periods without sending.

create table public.retailer_groups (
    group_id uuid primary key default gen_random_uuid(),
    brand_id uuid not null references public.users,
    group_name varchar(100) not null check (btrim(group_name) <> ''),
    kind varchar(20) not null default 'other' check (kind in ('territory', 'tier', 'other')),
    rule_regions varchar(50)[] check (cardinality(rule_regions) between 1 and 50 and length(rule_regions::text) <= 10000),
    rule_grades varchar(1)[] check (cardinality(rule_grades) between 1 and 3 and rule_grades <@ '{A,B,C}'),
    rule_best_rank integer check (rule_best_rank > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
alter table public.retailer_groups enable row level security;
comment on table public.retailer_groups is 'A brand''s groups of retailers: by hand, by a rule, or both.';
comment on column public.retailer_groups.rule_regions is
    'Retailers whose profile names one of these regions, as geography writes them. All given parts of a rule must hold; null: not asked.';
comment on column public.retailer_groups.rule_grades is 'Retailers with one of these grades in retailer_scores of the brand.';
comment on column public.retailer_groups.rule_best_rank is 'Retailers of this rank or a better one among those of the brand.';
create unique index retailer_groups_name_idx on public.retailer_groups (brand_id, lower(group_name));
create index retailer_groups_newest_idx on public.retailer_groups (brand_id, created_at desc, group_id desc);

create table public.retailer_group_members (
    group_id uuid not null references public.retailer_groups on delete cascade,
    retailer_id uuid not null references public.users,
    brand_id uuid not null references public.users,
    is_explicit boolean not null,
    from_rule boolean not null,
    is_partner boolean not null default false,
    added_at timestamptz not null default now(),
    primary key (group_id, retailer_id),
    check (is_explicit or from_rule)
);
alter table public.retailer_group_members enable row level security;
comment on table public.retailer_group_members is 'Who is in which group. Those from rules follow region and score, by the refresh of the statistics.';
comment on column public.retailer_group_members.is_explicit is 'The brand added the retailer by hand.';
comment on column public.retailer_group_members.from_rule is 'The group''s rule matches the retailer.';
comment on column public.retailer_group_members.is_partner is
    'The retailer takes part in a campaign of the brand. Of those that only a rule matches, the brand sees no others: it would learn '
    'where strangers are.';
create index retailer_group_members_retailer_idx on public.retailer_group_members (retailer_id, group_id);
create index retailer_group_members_brand_idx on public.retailer_group_members (brand_id);

create table public.retailer_group_blackouts (
    blackout_id uuid primary key default gen_random_uuid(),
    group_id uuid not null references public.retailer_groups on delete cascade,
    brand_id uuid not null references public.users,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    reason varchar(500) not null check (btrim(reason) <> ''),
    created_at timestamptz not null default now(),
    check (ends_at > starts_at and ends_at <= starts_at + interval '1 year')
);
alter table public.retailer_group_blackouts enable row level security;
comment on table public.retailer_group_blackouts is
    'Periods in which members of a group send and post nothing through the brand''s campaigns.';
comment on column public.retailer_group_blackouts.reason is 'What members read who are refused.';
create index retailer_group_blackouts_group_idx on public.retailer_group_blackouts (group_id, starts_at, blackout_id);
create index retailer_group_blackouts_brand_idx on public.retailer_group_blackouts (brand_id, ends_at);

alter table public.brand_assets add column group_ids uuid[];
alter table public.brand_assets add constraint brand_assets_group_ids_check check (
    cardinality(group_ids) between 1 and 50 and array_position(group_ids, null) is null
) not valid;
comment on column public.brand_assets.group_ids is 'Groups of the publisher whose members see it; null: all retailers.';
alter table public.campaigns add column group_ids uuid[];
alter table public.campaigns add constraint campaigns_group_ids_check check (
    cardinality(group_ids) between 1 and 50 and array_position(group_ids, null) is null
) not valid;
comment on column public.campaigns.group_ids is
    'Groups of the creator whose members may find and join it while it is open; null: all retailers.';

-- The next statement adds it again, with more audiences.
-- squawk-ignore ban-drop-constraint
alter table ddp.file_access drop constraint file_access_audience_check;
alter table ddp.file_access add constraint file_access_audience_check check (
    audience in ('everyone', 'retailer') or audience ~ '^(group:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
) not valid;
comment on column ddp.file_access.audience is
    'A user''s id (a share), `everyone` (signed in: a public collection), `retailer` (a brand asset), or `group:` and the id of a '
    'group of retailers (a brand asset for some).';
