-- What a campaign gives its participants, in order: its kit.

create type public.item_response as enum ('offered', 'accepted', 'declined');
comment on type public.item_response is 'What a participant did with a draft that a campaign''s kit made for it.';

create table public.campaign_items (
    item_id uuid primary key default gen_random_uuid(),
    campaign_id uuid not null references public.campaigns on delete cascade,
    campaign_owner_id uuid not null references public.users,
    position integer not null check (position >= 0),
    title varchar(255) not null check (btrim(title) <> ''),
    template_id uuid references public.templates,
    file_id uuid references public.files,
    collection_id uuid references public.collections on delete cascade,
    post jsonb constraint campaign_items_post_size check (jsonb_typeof(post) = 'object' and length(post::text) <= 80000),
    platform public.social_platform,
    available_from timestamptz,
    available_until timestamptz,
    due_at timestamptz,
    offer_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint campaign_items_one_kind check (num_nonnulls(template_id, file_id, collection_id, post) = 1),
    constraint campaign_items_dates check (available_until > available_from),
    unique (campaign_id, position) deferrable
);
alter table public.campaign_items enable row level security;
create index campaign_items_owner_idx on public.campaign_items (campaign_owner_id);
create index campaign_items_template_idx on public.campaign_items (template_id, campaign_id);
create index campaign_items_file_idx on public.campaign_items (file_id);
create index campaign_items_collection_idx on public.campaign_items (collection_id);
create index campaign_items_offer_idx on public.campaign_items (offer_at) where offer_at is not null;
comment on table public.campaign_items is
    'The kit of a campaign: templates, files, collections and posts that it gives its participants, in order.';
comment on column public.campaign_items.campaign_owner_id is 'The creator of the campaign.';
comment on column public.campaign_items.post is 'A post that is ready: text, title, post_type, media, options, first_comment.';
comment on column public.campaign_items.platform is 'For which platform the post is; null: any.';
comment on column public.campaign_items.available_from is 'Since when participants see it; null: always.';
comment on column public.campaign_items.available_until is 'Until when participants see it; null: always.';
comment on column public.campaign_items.due_at is
    'When it goes out: it becomes a draft for each participant. Null: participants use it when they like.';
comment on column public.campaign_items.offer_at is 'When workers make the drafts; null: it is done, or there are none to make.';

create table public.campaign_item_responses (
    item_id uuid not null references public.campaign_items on delete cascade,
    retailer_id uuid not null references public.users,
    campaign_owner_id uuid not null references public.users,
    state public.item_response not null default 'offered',
    email_campaign_id uuid references public.email_campaigns on delete set null,
    sms_campaign_id uuid references public.sms_campaigns on delete set null,
    post_id uuid references public.social_posts on delete set null,
    offered_at timestamptz not null default now(),
    answered_at timestamptz,
    primary key (item_id, retailer_id)
);
alter table public.campaign_item_responses enable row level security;
create index campaign_item_responses_retailer_idx on public.campaign_item_responses (retailer_id);
create index campaign_item_responses_owner_idx on public.campaign_item_responses (campaign_owner_id);
create index campaign_item_responses_email_idx on public.campaign_item_responses (email_campaign_id);
create index campaign_item_responses_sms_idx on public.campaign_item_responses (sms_campaign_id);
create index campaign_item_responses_post_idx on public.campaign_item_responses (post_id);
comment on table public.campaign_item_responses is
    'The draft that an item with a time became for each participant, and what the participant did with it.';
comment on column public.campaign_item_responses.post_id is
    'The draft of a post; null for one that waits until the participant says through which account.';
