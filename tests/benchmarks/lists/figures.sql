-- Rows are made set-wise and without triggers: what these would fill is filled here.

-- name: without_triggers
set session_replication_role = replica;

-- name: seed_users
-- One administrator, brands, and retailers.
insert into public.users (user_id, user_email, user_name, user_type, is_active, created_at)
select md5('user' || n)::uuid, 'user' || n || '@example.com', 'User ' || n,
    case when n = 0 then 'admin' when n <= %(brands)s then 'brand' else 'retailer' end::public.user_type,
    true, now() - n * interval '1 minute'
from generate_series(0, %(brands)s + %(retailers)s) n;

-- name: seed_members
insert into public.account_members (account_id, member_id, member_role, accepted_at)
select u.user_id, u.user_id, 'owner', now() from public.users u;

-- name: seed_files
-- One of five is a brand asset, one of a hundred public, one of fifty in the trash.
insert into public.files (
    file_id, file_name, file_path, file_type, file_size, created_by_user_id, created_at, deleted_at, is_brand_asset, is_public
)
select md5('file' || n)::uuid, 'File ' || n || '.png', 'files/' || n, 'image', 1000, md5('user' || 1 + n %% %(brands)s)::uuid,
    now() - n * interval '9 seconds', case when n / %(brands)s %% 50 = 0 then now() end,
    n / %(brands)s %% 5 = 1, n / %(brands)s %% 100 = 2
from generate_series(1, %(files)s) n;

-- name: seed_file_access
-- A thousand are shared with one retailer.
insert into ddp.file_access (file_id, audience, expires_at, file_created_at)
select f.file_id, 'retailer', 'infinity'::timestamptz, f.created_at from public.files f where f.is_brand_asset and f.deleted_at is null
union all
select f.file_id, 'everyone', 'infinity', f.created_at from public.files f where f.is_public and f.deleted_at is null
union all
select f.file_id, md5('user' || %(brands)s + 1)::uuid::text, 'infinity', f.created_at
from (
    select g.file_id, g.created_at from public.files g where not g.is_brand_asset and not g.is_public and g.deleted_at is null
    order by g.file_id limit 1000
) f;

-- name: seed_file_shares
insert into public.file_shares (file_id, created_by_user_id, shared_with_user_id, expires_at)
select f.file_id, f.created_by_user_id, a.audience::uuid, now() + interval '30 days'
from ddp.file_access a join public.files f on f.file_id = a.file_id
where a.audience not in ('retailer', 'everyone');

-- name: seed_file_stats
-- Nine of ten have some.
insert into ddp.file_stats (file_id, owner_user_id, view_count, download_count, share_count, unique_users_count)
select f.file_id, f.created_by_user_id, 1 + hashtext(f.file_name) & 1023, hashtext(f.file_name) & 255, 1, 3
from public.files f where hashtext(f.file_name) %% 10 <> 0;

-- name: seed_campaigns
insert into public.campaigns (campaign_id, campaign_name, campaign_status, created_at, created_by_user_id)
select md5('campaign' || n)::uuid, 'Campaign ' || n, 'active', now() - n * interval '9 seconds',
    md5('user' || 1 + n %% %(brands)s)::uuid
from generate_series(1, %(few)s) n;

-- name: seed_campaign_stats
insert into ddp.campaign_stats (campaign_id, owner_user_id, emails_sent, emails_delivered, emails_clicked)
select c.campaign_id, c.created_by_user_id, 1000, 900, hashtext(c.campaign_name) & 511 from public.campaigns c;

-- name: seed_participants
-- Every hundredth campaign has one retailer in it.
insert into public.campaign_participants (
    campaign_id, retailer_id, campaign_owner_id, campaign_created_at, participant_state, joined_at
)
select c.campaign_id, md5('user' || %(brands)s + 1 + case when n %% 100 = 0 then 0 else n %% %(retailers)s end)::uuid,
    c.created_by_user_id, c.created_at, 'accepted', now()
from generate_series(1, %(few)s) n
join public.campaigns c on c.campaign_id = md5('campaign' || n)::uuid;

-- name: seed_email_campaigns
-- By brands and, three of four, by retailers for their campaigns. One of five has not been sent. `n / brands` counts a
-- brand's own ones: a remainder of n itself would be the same for all of them.
insert into public.email_campaigns (
    email_campaign_id, campaign_id, campaign_owner_id, email_subject, email_content, sender_email, created_at, sent_at,
    created_by_user_id
)
select md5('email' || n)::uuid, c.campaign_id, c.created_by_user_id, 'Subject ' || n, 'x', 'a@example.com',
    now() - n * interval '9 seconds', case when n / %(brands)s %% 5 > 0 then now() - n * interval '8 seconds' end,
    case when n / %(brands)s %% 4 = 0 then c.created_by_user_id else md5('user' || %(brands)s + 1 + n %% 500)::uuid end
from generate_series(1, %(others)s) n
join public.campaigns c on c.campaign_id = md5('campaign' || 1 + n %% %(few)s)::uuid;

-- name: seed_email_campaign_stats
insert into ddp.email_campaign_stats (
    email_campaign_id, owner_user_id, campaign_owner_id, recipients, sent, delivered, opened
)
select e.email_campaign_id, e.created_by_user_id, e.campaign_owner_id, 1000, 900, 800, 300 from public.email_campaigns e;

-- name: seed_sms_campaigns
insert into public.sms_campaigns (
    campaign_id, campaign_owner_id, sms_content, sender_number, created_at, sent_at, created_by_user_id
)
select e.campaign_id, e.campaign_owner_id, 'x', '+15005550006', e.created_at, e.sent_at, e.created_by_user_id
from public.email_campaigns e;

-- name: seed_social_accounts
insert into public.social_accounts (account_id, user_id, platform, account_handle)
select md5('account' || n)::uuid, md5('user' || 1 + n)::uuid, 'facebook', 'handle' || n
from generate_series(0, %(brands)s + 499) n;

-- name: seed_social_posts
-- One of five has not been published; `n / accounts`, as for e-mails.
insert into public.social_posts (
    account_id, created_by_user_id, campaign_id, campaign_owner_id, post_content, created_at, published_at
)
select md5('account' || n %% (%(brands)s + 500))::uuid, md5('user' || 1 + n %% (%(brands)s + 500))::uuid,
    c.campaign_id, c.created_by_user_id, 'x', now() - n * interval '9 seconds',
    case when n / (%(brands)s + 500) %% 5 > 0 then now() - n * interval '8 seconds' end
from generate_series(1, %(others)s) n
join public.campaigns c on c.campaign_id = md5('campaign' || 1 + n %% %(few)s)::uuid;

-- name: seed_products
insert into public.products (product_title, status, published_at, created_at, created_by_user_id)
select 'Product ' || n, 'active', case when n %% 10 > 0 then now() - n * interval '7 seconds' end,
    now() - n * interval '9 seconds', md5('user' || 1 + n %% %(brands)s)::uuid
from generate_series(1, %(others)s) n;

-- name: seed_sessions
-- A hundred each of a tenth of the users.
insert into public.sessions (user_id, started_at, ended_at)
select md5('user' || n %% (%(retailers)s / 10))::uuid, now() - n * interval '9 seconds', now() - n * interval '8 seconds'
from generate_series(1, %(others)s) n;

-- name: seed_collections
-- One of twenty is public.
insert into public.collections (collection_name, is_public, created_at, created_by_user_id)
select 'Collection ' || n, n / %(brands)s %% 20 = 0, now() - n * interval '9 seconds',
    md5('user' || 1 + n %% %(brands)s)::uuid
from generate_series(1, %(others)s) n;

-- name: seed_days
-- A month of ten brands, a retailer and the platform.
insert into public.daily_analytics (date_recorded, entity_type, entity_id, metric_name, metric_value, owner_user_id)
select current_date - d, case when u.user_id is null then 'platform' else 'user' end, u.user_id, m.metric, 5, u.user_id
from generate_series(1, 30) d
cross join (
    select md5('user' || n)::uuid as user_id from generate_series(1, 10) n
    union all
    select md5('user' || %(brands)s + 1)::uuid
    union all
    select null
) u
cross join (values ('file_views'), ('file_downloads'), ('email_campaign_sent'), ('actions')) m (metric);

-- name: seed_scores
-- In twenty brands, and over all of them.
insert into public.retailer_scores (retailer_id, retailer_name, brand_id, overall_rank)
select md5('user' || %(brands)s + r)::uuid, 'User', case when b > 0 then md5('user' || b)::uuid end, r
from generate_series(0, 20) b cross join generate_series(1, %(retailers)s) r;

-- name: seed_models
insert into public.watch_models (model_id, model_name, created_by_user_id)
select md5('model' || n)::uuid, 'Model ' || n, md5('user' || 1 + n %% %(brands)s)::uuid
from generate_series(1, %(others)s) n;

-- name: seed_regional_wishes
insert into public.regional_wish_lists (model_id, brand_id, region, wish_count)
select m.model_id, m.created_by_user_id, r.region, hashtext(m.model_name || r.region) & 1023
from public.watch_models m cross join (values ('Africa'), ('Europe')) r (region);

-- name: seed_assets
insert into public.brand_assets (asset_id, file_id, asset_name, asset_type, created_by_user_id)
select f.file_id, f.file_id, f.file_name, 'logo', f.created_by_user_id from public.files f where f.is_brand_asset;

-- name: seed_activity
insert into public.retailer_asset_activity (retailer_id, asset_id, activity_type, activity_date, brand_id)
select md5('user' || (%(brands)s + 1 + (hashtext(a.asset_name) & 511)))::uuid, a.asset_id, t.kind,
    date_trunc('day', now()) - (hashtext(a.asset_name) >> 9 & 255) * interval '1 day', a.created_by_user_id
from public.brand_assets a cross join (values ('view'), ('download')) t (kind);

-- name: clean
vacuum analyze;

-- name: subjects
-- The callers.
select md5('user0')::uuid as admin, md5('user1')::uuid as brand, md5('user' || %(brands)s + 1)::uuid as retailer;

-- name: days
select d.date_recorded,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_views'), 0)::bigint as file_views,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_downloads'), 0)::bigint as file_downloads,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_shares'), 0)::bigint as file_shares,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_uploads'), 0)::bigint as file_uploads,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_sent'), 0)::bigint as emails_sent,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_delivered'), 0)::bigint as emails_delivered,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_opened'), 0)::bigint as emails_opened,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_clicked'), 0)::bigint as emails_clicked,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_bounced'), 0)::bigint as emails_bounced,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_failed'), 0)::bigint as emails_failed,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_complained'), 0)::bigint as emails_complained,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_unsubscribed'), 0)::bigint as emails_unsubscribed,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_machine_opened'), 0)::bigint as emails_machine_opened,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_sent'), 0)::bigint as sms_sent,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_delivered'), 0)::bigint as sms_delivered,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_clicked'), 0)::bigint as sms_clicked,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_failed'), 0)::bigint as sms_failed,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_unsubscribed'), 0)::bigint as sms_unsubscribed,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_parts'), 0)::bigint as sms_parts,
    round(coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_cost_micros'), 0) / 1000000.0, 5) as sms_cost,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'social_post_published'), 0)::bigint as posts_published,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'user_sessions'), 0)::bigint as sessions_started,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'user_session_seconds'), 0)::bigint as session_seconds,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'active_users'), 0)::bigint as active_users
from public.daily_analytics d
where d.entity_type = 'user' and d.entity_id = %(me)s
group by d.date_recorded order by d.date_recorded desc limit %(limit)s;
