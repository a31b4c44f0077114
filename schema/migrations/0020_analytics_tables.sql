-- What the analytics views stand on: the queue of changes, the archive of facts that were dropped by retention, and
-- one row of counters an entity. Filled by functions/refresh_analytics.sql; read through the views in `public` only.
--
-- A trigger on each table of facts adds what a statement changed to the queue, in the same transaction. A refresh
-- takes the rows that it sees and adds them up: what commits later is taken later, and nothing is lost or taken twice.

create table ddp.metric_changes (
    entity_type varchar(50) not null,
    entity_id uuid not null,
    user_id uuid,
    metric_name varchar(100) not null,
    day date,
    change bigint not null,
    last_at timestamptz
);
comment on table ddp.metric_changes is
    'The queue: what statements changed, not yet in the statistics. A metric `touched` only says: derive this again.';
comment on column ddp.metric_changes.user_id is 'Who acted, where the entity is a file.';
comment on column ddp.metric_changes.day is 'UTC day of the metric; null where it has none.';

-- The changes that a refresh is working on: a table and not a temporary one, so that no session can put its own there.
create unlogged table ddp.taken_changes (like ddp.metric_changes including comments);
comment on table ddp.taken_changes is 'The part of the queue that the refresh under way has taken. Empty otherwise.';

create table ddp.archived_metrics (
    entity_type varchar(50) not null,
    entity_id uuid not null,
    user_id uuid,
    metric_name varchar(100) not null,
    day date,
    change bigint not null,
    last_at timestamptz,
    unique nulls not distinct (entity_type, entity_id, user_id, metric_name, day)
);
comment on table ddp.archived_metrics is
    'The sums of facts that retention removed: one row an entity, user, metric and day. Facts plus archive are all '
    'there ever was.';

create table ddp.file_stats (
    file_id uuid primary key references public.files on delete cascade,
    owner_user_id uuid not null,
    view_count bigint not null default 0,
    download_count bigint not null default 0,
    share_count bigint not null default 0,
    edit_count bigint not null default 0,
    unique_users_count bigint not null default 0,
    last_action_at timestamptz
);
create index file_stats_owner_idx on ddp.file_stats (owner_user_id);

create table ddp.file_user_stats (
    file_id uuid not null references public.files on delete cascade,
    user_id uuid not null references public.users on delete cascade,
    view_count bigint not null default 0,
    download_count bigint not null default 0,
    share_count bigint not null default 0,
    last_action_at timestamptz,
    primary key (file_id, user_id)
);
comment on table ddp.file_user_stats is 'What each user did with each file: unique users, and retailers by brand.';
create index file_user_stats_user_idx on ddp.file_user_stats (user_id);

create table ddp.user_stats (
    user_id uuid primary key references public.users on delete cascade,
    owner_user_id uuid not null,
    session_count bigint not null default 0,
    ended_session_count bigint not null default 0,
    session_seconds bigint not null default 0,
    view_count bigint not null default 0,
    download_count bigint not null default 0,
    share_count bigint not null default 0,
    upload_count bigint not null default 0,
    last_action_at timestamptz
);

create table ddp.session_stats (
    session_id uuid primary key references public.sessions on delete cascade,
    owner_user_id uuid not null,
    view_count bigint not null default 0,
    download_count bigint not null default 0,
    action_count bigint not null default 0,
    last_action_at timestamptz
);

create table ddp.email_campaign_stats (
    email_campaign_id uuid primary key references public.email_campaigns on delete cascade,
    owner_user_id uuid not null,
    recipients bigint not null default 0,
    sent bigint not null default 0,
    delivered bigint not null default 0,
    opened bigint not null default 0,
    clicked bigint not null default 0,
    bounced bigint not null default 0
);

create table ddp.sms_campaign_stats (
    sms_campaign_id uuid primary key references public.sms_campaigns on delete cascade,
    owner_user_id uuid not null,
    recipients bigint not null default 0,
    sent bigint not null default 0,
    delivered bigint not null default 0
);

create table ddp.social_post_stats (
    post_id uuid primary key references public.social_posts on delete cascade,
    owner_user_id uuid not null,
    like_count bigint not null default 0,
    comment_count bigint not null default 0,
    share_count bigint not null default 0,
    reaction_count bigint not null default 0,
    other_count bigint not null default 0,
    last_recorded_at timestamptz
);

-- Engagement is a level, not a sum: the archive of its facts is the last measurement of each type.
create table ddp.archived_engagement (
    post_id uuid not null references public.social_posts on delete cascade,
    engagement_type varchar(50) not null,
    engagement_count integer not null,
    recorded_at timestamptz not null,
    primary key (post_id, engagement_type)
);
comment on table ddp.archived_engagement is 'The newest measurement of each kind that retention removed.';

create table ddp.campaign_stats (
    campaign_id uuid primary key references public.campaigns on delete cascade,
    owner_user_id uuid not null,
    participant_count bigint not null default 0,
    emails_sent bigint not null default 0,
    emails_delivered bigint not null default 0,
    emails_opened bigint not null default 0,
    emails_clicked bigint not null default 0,
    sms_sent bigint not null default 0,
    sms_delivered bigint not null default 0,
    post_count bigint not null default 0,
    post_engagement bigint not null default 0,
    performance bigint not null generated always as (emails_clicked + post_engagement) stored
);
comment on column ddp.campaign_stats.performance is 'What recipients did: clicks in e-mails and engagement with posts.';
create index campaign_stats_owner_idx on ddp.campaign_stats (owner_user_id, performance desc, campaign_id);
create index campaign_stats_performance_idx on ddp.campaign_stats (performance desc, campaign_id);

create table ddp.collection_stats (
    collection_id uuid primary key references public.collections on delete cascade,
    owner_user_id uuid not null,
    file_count bigint not null default 0,
    total_size bigint not null default 0,
    view_count bigint not null default 0,
    download_count bigint not null default 0,
    share_count bigint not null default 0,
    last_action_at timestamptz
);

create table ddp.product_stats (
    product_id uuid primary key references public.products on delete cascade,
    owner_user_id uuid not null,
    variant_count bigint not null default 0,
    in_stock_variant_count bigint not null default 0,
    inventory_quantity bigint not null default 0,
    lowest_price numeric(12, 2),
    highest_price numeric(12, 2),
    discounted_variant_count bigint not null default 0
);

create table ddp.model_stats (
    model_id uuid primary key references public.watch_models on delete cascade,
    owner_user_id uuid not null,
    wish_count bigint not null default 0,
    retailer_count bigint not null default 0
);
create index model_stats_owner_idx on ddp.model_stats (owner_user_id, wish_count desc, model_id);
create index model_stats_wishes_idx on ddp.model_stats (wish_count desc, model_id);

create table ddp.retailer_stats (
    brand_id uuid not null references public.users on delete cascade,
    retailer_id uuid not null references public.users on delete cascade,
    view_count bigint not null default 0,
    download_count bigint not null default 0,
    share_count bigint not null default 0,
    asset_count bigint not null default 0,
    last_activity_at timestamptz,
    primary key (brand_id, retailer_id)
);
comment on table ddp.retailer_stats is 'What each retailer did with the assets of each brand.';
create index retailer_stats_retailer_idx on ddp.retailer_stats (retailer_id);

do $$
declare
    v_table text;
begin
    foreach v_table in array array[
        'metric_changes', 'taken_changes', 'archived_metrics', 'archived_engagement', 'file_stats', 'file_user_stats',
        'user_stats', 'session_stats', 'email_campaign_stats', 'sms_campaign_stats', 'social_post_stats',
        'campaign_stats', 'collection_stats', 'product_stats', 'model_stats', 'retailer_stats'
    ] loop
        execute format('alter table ddp.%I enable row level security', v_table);
    end loop;
end
$$;
