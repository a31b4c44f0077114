-- What orders a list stands on the rows that say who sees it, so that an index gives a page and nothing is sorted that no
-- page shows. Of people's own making, and so thousands of rows: filled and indexed in a moment. Triggers keep it from the
-- first; triggers/messages.sql has their text of today.

-- A post's owner and the owner of its campaign, as on e-mail campaigns: the policy looked for both in other tables.
alter table public.social_posts add column created_by_user_id uuid;
alter table public.social_posts add column campaign_owner_id uuid;
comment on column public.social_posts.created_by_user_id is 'Whose account it is posted through. Set by trigger.';
comment on column public.social_posts.campaign_owner_id is 'Who created the campaign. Set by trigger.';

create or replace function ddp.set_post_owners() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    new.created_by_user_id := (select a.user_id from public.social_accounts a where a.account_id = new.account_id);
    new.campaign_owner_id := (select c.created_by_user_id from public.campaigns c where c.campaign_id = new.campaign_id);
    return new;
end
$$;
create or replace trigger set_post_owners
    before insert or update of account_id, campaign_id, created_by_user_id, campaign_owner_id on public.social_posts
    for each row execute function ddp.set_post_owners();

-- Without its triggers: nothing of what they note and count changes.
alter table public.social_posts disable trigger user;
update public.social_posts p
set
    created_by_user_id = a.user_id,
    campaign_owner_id = (select c.created_by_user_id from public.campaigns c where c.campaign_id = p.campaign_id)
from public.social_accounts a where a.account_id = p.account_id;
alter table public.social_posts enable trigger user;
alter table public.social_posts
    -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
    add constraint social_posts_created_by_user_id_fkey foreign key (created_by_user_id) references public.users;
alter table public.social_posts
    -- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
    add constraint social_posts_campaign_owner_id_fkey foreign key (campaign_owner_id) references public.users;
-- squawk-ignore require-concurrent-index-creation
create index social_posts_owner_idx on public.social_posts (created_by_user_id, created_at desc, post_id desc);
-- squawk-ignore require-concurrent-index-creation
create index social_posts_campaign_owner_idx on public.social_posts (campaign_owner_id, created_at desc, post_id desc);

-- The same on the statistics of messages, whose policies looked each message up.
alter table ddp.email_campaign_stats add column campaign_owner_id uuid;
alter table ddp.sms_campaign_stats add column campaign_owner_id uuid;
alter table ddp.social_post_stats add column campaign_owner_id uuid;
comment on column ddp.email_campaign_stats.campaign_owner_id is 'Who created the campaign. Set by trigger.';
comment on column ddp.sms_campaign_stats.campaign_owner_id is 'Who created the campaign. Set by trigger.';
comment on column ddp.social_post_stats.campaign_owner_id is 'Who created the campaign. Set by trigger.';

create or replace function ddp.set_campaign_owner_of_statistics() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    if tg_table_name = 'email_campaign_stats' then
        select e.campaign_owner_id into new.campaign_owner_id
        from public.email_campaigns e where e.email_campaign_id = new.email_campaign_id;
    elsif tg_table_name = 'sms_campaign_stats' then
        select m.campaign_owner_id into new.campaign_owner_id
        from public.sms_campaigns m where m.sms_campaign_id = new.sms_campaign_id;
    else
        select p.campaign_owner_id into new.campaign_owner_id
        from public.social_posts p where p.post_id = new.post_id;
    end if;
    return new;
end
$$;
create or replace trigger set_campaign_owner before insert on ddp.email_campaign_stats
    for each row execute function ddp.set_campaign_owner_of_statistics();
create or replace trigger set_campaign_owner before insert on ddp.sms_campaign_stats
    for each row execute function ddp.set_campaign_owner_of_statistics();
create or replace trigger set_campaign_owner before insert on ddp.social_post_stats
    for each row execute function ddp.set_campaign_owner_of_statistics();

update ddp.email_campaign_stats s set campaign_owner_id = e.campaign_owner_id
from public.email_campaigns e where e.email_campaign_id = s.email_campaign_id;
update ddp.sms_campaign_stats s set campaign_owner_id = m.campaign_owner_id
from public.sms_campaigns m where m.sms_campaign_id = s.sms_campaign_id;
update ddp.social_post_stats s set campaign_owner_id = p.campaign_owner_id
from public.social_posts p where p.post_id = s.post_id;

-- The campaigns that a retailer takes part in, the newest campaign first.
alter table public.campaign_participants add column campaign_created_at timestamptz;
comment on column public.campaign_participants.campaign_created_at is 'When the campaign was made. Set by trigger.';

create or replace function ddp.set_participants_campaign() returns trigger
    language plpgsql
    set search_path = ''
as $$
begin
    select c.created_by_user_id, c.created_at into new.campaign_owner_id, new.campaign_created_at
    from public.campaigns c where c.campaign_id = new.campaign_id;
    return new;
end
$$;
create or replace trigger set_campaign_owner before insert or update on public.campaign_participants
    for each row execute function ddp.set_participants_campaign();

alter table public.campaign_participants disable trigger user;
update public.campaign_participants p set campaign_created_at = c.created_at
from public.campaigns c where c.campaign_id = p.campaign_id;
alter table public.campaign_participants enable trigger user;
-- squawk-ignore require-concurrent-index-creation
create index campaign_participants_newest_idx
    on public.campaign_participants (retailer_id, campaign_created_at desc, campaign_id desc)
    where participant_state = 'accepted';

-- In the order of the list of figures, whose ids descend where its values do.
-- squawk-ignore require-concurrent-index-creation
create index campaign_stats_best_of_owner_idx
    on ddp.campaign_stats (owner_user_id, performance desc, campaign_id desc);
-- squawk-ignore require-concurrent-index-creation
create index campaign_stats_best_idx on ddp.campaign_stats (performance desc, campaign_id desc);
-- squawk-ignore require-concurrent-index-deletion
drop index ddp.campaign_stats_owner_idx, ddp.campaign_stats_performance_idx;

-- Scores over all brands, the best first. No other index has them in order: `is null` fixes no column of an index.
-- squawk-ignore require-concurrent-index-creation
create index retailer_scores_platform_idx on public.retailer_scores (overall_rank, score_id) where brand_id is null;

-- For administrators: everybody's, the newest first.
-- squawk-ignore require-concurrent-index-creation
create index campaigns_created_idx on public.campaigns (created_at desc, campaign_id desc);
-- squawk-ignore require-concurrent-index-creation
create index email_campaigns_created_idx on public.email_campaigns (created_at desc, email_campaign_id desc);
-- squawk-ignore require-concurrent-index-creation
create index sms_campaigns_created_idx on public.sms_campaigns (created_at desc, sms_campaign_id desc);
-- squawk-ignore require-concurrent-index-creation
create index social_posts_created_idx on public.social_posts (created_at desc, post_id desc);
-- squawk-ignore require-concurrent-index-creation
create index collections_created_idx on public.collections (created_at desc, collection_id desc);

-- The files that are shared with a user, the newest file first. 0168 fills it for those there are, 0169 makes the index.
alter table ddp.file_access add column file_created_at timestamptz;
comment on column ddp.file_access.file_created_at is 'When the file was made, which orders lists of what others share.';

create or replace function ddp.refresh_file_access(p_file_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = ''
as $$
begin
    if p_file_ids = '{}' then
        return;
    end if;
    perform ddp.lock_files(p_file_ids);

    with fresh as materialized (
        select f.file_id, a.audience, a.expires_at, f.created_at
        from public.files f
        cross join lateral (
            select 'everyone', 'infinity'::timestamptz where f.is_public
            union all
            select 'retailer', 'infinity'::timestamptz where f.is_brand_asset
            union all
            select s.shared_with_user_id::text, max(s.expires_at)
            from public.file_shares s
            where s.file_id = f.file_id
                and s.shared_with_user_id is not null
                and s.revoked_at is null
                and s.expires_at > now()
            group by s.shared_with_user_id
        ) a (audience, expires_at)
        where f.file_id = any (p_file_ids) and f.deleted_at is null
    ), gone as (
        delete from ddp.file_access a
        where a.file_id = any (p_file_ids)
            and not exists (select from fresh where fresh.file_id = a.file_id and fresh.audience = a.audience)
    )
    insert into ddp.file_access (file_id, audience, expires_at, file_created_at)
    select fresh.file_id, fresh.audience, fresh.expires_at, fresh.created_at from fresh
    where not exists (
        select from ddp.file_access b
        where b.file_id = fresh.file_id and b.audience = fresh.audience and b.expires_at = fresh.expires_at
            and b.file_created_at = fresh.created_at
    )
    on conflict (file_id, audience) do update
    set expires_at = excluded.expires_at, file_created_at = excluded.file_created_at;
end
$$;
