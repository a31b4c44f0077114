-- The queries of a dashboard as a browser sends them. The query with `_by_hand` after the name is the best hand-written
-- one for a role that may read everything: the caller's rights are a condition, over the same tables.

-- name: callers
select
    (select u.user_id from public.users u where u.user_type = 'brand' and u.is_active
     order by (select count(*) from public.files f where f.created_by_user_id = u.user_id) desc, u.user_id limit 1) as brand,
    (select u.user_id from public.users u where u.user_type = 'retailer' and u.is_active
         and exists (select from public.email_campaigns e where e.created_by_user_id = u.user_id)
     order by (
         select count(*) from public.file_shares s
         where s.shared_with_user_id = u.user_id and s.revoked_at is null and s.expires_at > now()
     ) desc, u.user_id limit 1) as retailer,
    (select u.user_id from public.users u where u.user_type = 'admin' order by u.user_id limit 1) as admin;

-- name: subjects
select
    (select s.file_id from ddp.file_stats s join public.files f using (file_id)
     where f.created_by_user_id = %(brand)s and f.deleted_at is null
     order by s.view_count desc, s.file_id limit 1) as file,
    e.email_campaign_id as message,
    (select s.recipient_email from public.email_sends s where s.email_campaign_id = e.email_campaign_id
     order by s.recipient_email offset 20 limit 1) as recipient
from public.email_campaigns e
where e.created_by_user_id = %(retailer)s
order by e.created_at desc, e.email_campaign_id limit 1;

-- name: own_files
select file_id, file_name, file_type, file_size, created_at from public.files
where created_by_user_id = %(me)s and deleted_at is null order by created_at desc, file_id desc limit 50;

-- name: own_files_by_hand
select file_id, file_name, file_type, file_size, created_at from public.files
where created_by_user_id = %(me)s and deleted_at is null order by created_at desc, file_id desc limit 50;

-- name: own_recent_actions
select action_id, file_id, action_type, action_timestamp from public.file_actions
where user_id = %(me)s order by action_timestamp desc limit 50;

-- name: own_recent_actions_by_hand
select action_id, file_id, action_type, action_timestamp from public.file_actions
where user_id = %(me)s order by action_timestamp desc limit 50;

-- name: actions_on_own_file
select action_id, user_id, action_type, action_timestamp from public.file_actions
where file_id = %(file)s order by action_timestamp desc limit 50;

-- name: actions_on_own_file_by_hand
select action_id, user_id, action_type, action_timestamp from public.file_actions
where file_id = %(file)s
    and exists (select from public.files f where f.file_id = %(file)s and f.created_by_user_id = %(me)s)
order by action_timestamp desc limit 50;

-- name: own_campaigns
select campaign_id, campaign_name, campaign_status, start_date, budget_allocated, budget_spent from public.campaigns
where created_by_user_id = %(me)s order by created_at desc limit 20;

-- name: own_campaigns_by_hand
select campaign_id, campaign_name, campaign_status, start_date, budget_allocated, budget_spent from public.campaigns
where created_by_user_id = %(me)s order by created_at desc limit 20;

-- name: recipients
select email_send_id, recipient_email, status, sent_at from public.email_sends
where email_campaign_id = %(message)s order by recipient_email limit 20;

-- name: recipients_by_hand
select email_send_id, recipient_email, status, sent_at from public.email_sends
where email_campaign_id = %(message)s
    and exists (select from public.email_campaigns e where e.email_campaign_id = %(message)s and e.created_by_user_id = %(me)s)
order by recipient_email limit 20;

-- name: next_recipients
select email_send_id, recipient_email, status, sent_at from public.email_sends
where email_campaign_id = %(message)s and recipient_email > %(recipient)s order by recipient_email limit 20;

-- name: next_recipients_by_hand
select email_send_id, recipient_email, status, sent_at from public.email_sends
where email_campaign_id = %(message)s and recipient_email > %(recipient)s
    and exists (select from public.email_campaigns e where e.email_campaign_id = %(message)s and e.created_by_user_id = %(me)s)
order by recipient_email limit 20;

-- name: all_files
select file_id, file_name, file_type, created_by_user_id, created_at from public.files
where deleted_at is null order by created_at desc, file_id desc limit 50;

-- name: all_files_by_hand
select file_id, file_name, file_type, created_by_user_id, created_at from public.files
where deleted_at is null order by created_at desc, file_id desc limit 50;

-- name: live_assets
select asset_id, asset_name, asset_type, download_count, created_at from public.brand_assets
where unpublished_at is null order by created_at desc, asset_id desc limit 50;

-- name: live_assets_by_hand
select a.asset_id, a.asset_name, a.asset_type, a.download_count, a.created_at from public.brand_assets a
join public.files f on f.file_id = a.file_id and f.deleted_at is null and f.is_brand_asset
where a.unpublished_at is null order by a.created_at desc, a.asset_id desc limit 50;

-- name: shared_with_me
select f.file_id, f.file_name, s.expires_at from public.file_shares s
join public.files f on f.file_id = s.file_id
where s.shared_with_user_id = %(me)s and s.revoked_at is null and s.expires_at > now();

-- name: shared_with_me_by_hand
select f.file_id, f.file_name, s.expires_at from public.file_shares s
join public.files f on f.file_id = s.file_id and f.deleted_at is null
where s.shared_with_user_id = %(me)s and s.revoked_at is null and s.expires_at > now();

-- name: campaigns_i_am_in
select c.campaign_id, c.campaign_name, c.campaign_status, p.joined_at from public.campaign_participants p
join public.campaigns c on c.campaign_id = p.campaign_id
where p.retailer_id = %(me)s order by p.joined_at desc limit 20;

-- name: campaigns_i_am_in_by_hand
select c.campaign_id, c.campaign_name, c.campaign_status, p.joined_at from public.campaign_participants p
join public.campaigns c on c.campaign_id = p.campaign_id
where p.retailer_id = %(me)s order by p.joined_at desc limit 20;

-- name: own_top_files
select file_id, file_name, view_count, download_count, download_rate from public.file_analytics
where created_by_user_id = %(me)s and deleted_at is null order by created_at desc limit 50;

-- name: own_top_files_by_hand
select f.file_id, f.file_name, coalesce(s.view_count, 0), coalesce(s.download_count, 0),
    coalesce(round(100.0 * least(s.download_count, s.view_count) / nullif(s.view_count, 0), 2), 0)
from public.files f left join ddp.file_stats s on s.file_id = f.file_id
where f.created_by_user_id = %(me)s and f.deleted_at is null order by f.created_at desc limit 50;

-- name: own_email_campaigns
select email_campaign_id, email_subject, sent_count, delivery_rate, open_rate from public.email_campaign_analytics
where created_by_user_id = %(me)s order by sent_at desc limit 20;

-- name: own_email_campaigns_by_hand
select e.email_campaign_id, e.email_subject, coalesce(s.sent, 0),
    coalesce(round(100.0 * least(s.delivered, s.sent) / nullif(s.sent, 0), 2), 0),
    coalesce(round(100.0 * least(s.opened, s.delivered) / nullif(s.delivered, 0), 2), 0)
from public.email_campaigns e left join ddp.email_campaign_stats s on s.email_campaign_id = e.email_campaign_id
where e.created_by_user_id = %(me)s order by e.sent_at desc limit 20;

-- name: own_days
select * from public.daily_metrics_summary where date_recorded >= current_date - 30 order by date_recorded;

-- name: own_days_by_hand
select d.date_recorded,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_views'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_downloads'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_shares'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'file_uploads'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_sent'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_delivered'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_opened'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'email_campaign_clicked'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_sent'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'sms_campaign_delivered'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'social_post_published'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'user_sessions'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'user_session_seconds'), 0)::bigint,
    coalesce(sum(d.metric_value) filter (where d.metric_name = 'active_users'), 0)::bigint
from public.daily_analytics d
where d.entity_type = 'user' and d.entity_id = %(me)s and d.date_recorded >= current_date - 30
group by d.date_recorded order by d.date_recorded;

-- name: top_assets
select asset_id, asset_name, download_count from public.top_downloaded_assets;

-- name: top_assets_by_hand
select a.asset_id, a.asset_name, a.download_count from public.brand_assets a
join public.files f on f.file_id = a.file_id and f.deleted_at is null
where a.unpublished_at is null order by a.download_count desc, a.asset_id limit 10;
