-- Accounts of brands and retailers, their posts, and how engagement with each grew.

-- name: social_accounts
insert into public.social_accounts
    (account_id, user_id, platform, account_handle, account_name, access_token_encrypted, status, status_reason,
     external_account_id, created_at)
select pg_temp.id('account', n), u.user_id,
    (array['instagram', 'facebook', 'tiktok', 'youtube', 'linkedin', 'twitter'])[1 + n %% 6]::public.social_platform,
    '@' || split_part(u.user_email, '@', 1) || '.' || n, u.user_name,
    -- No platform would take such a token: nothing of this is ever published.
    encode(sha256(('not a token ' || n)::bytea), 'base64'),
    case when n %% 23 = 0 then 'disconnected' else 'reconnect' end::public.social_account_status,
    case when n %% 23 <> 0 then 'An example: no platform knows this account.' end, 'seed-' || n, u.created_at + interval '3 days'
from generate_series(1, (%(brands)s + %(retailers)s) * 2) n
join public.users u on u.user_id = pg_temp.id('user', 1 + (n - 1) %% (%(brands)s + %(retailers)s));

-- name: social_posts
insert into public.social_posts
    (post_id, account_id, campaign_id, post_content, post_type, external_post_id, status, scheduled_at, published_at, created_at)
select pg_temp.id('post', n), a.account_id,
    case when n %% 3 = 0 and u.user_type = 'brand'
        then (select c.campaign_id from public.campaigns c
              where c.created_by_user_id = u.user_id and c.start_date <= at order by c.start_date desc limit 1) end,
    'Seen from up close. #' || a.platform, (array['image', 'video', 'text', 'carousel'])[1 + n %% 4],
    case when at < %(until)s then 'ext-' || n end,
    case when at < %(until)s then 'published' else 'draft' end::public.social_post_status, at, case when at < %(until)s then at end, at - interval '2 days'
from (
    select n, 1 + pg_temp.pick(n, 'account', (%(brands)s + %(retailers)s) * 2) as account,
        -- The last hundredth is scheduled for the coming days.
        %(until)s::timestamptz - interval '365 days' + n * (interval '369 days' / %(posts)s) as at
    from generate_series(1, %(posts)s) n
) posts
join public.social_accounts a on a.account_id = pg_temp.id('account', account)
join public.users u on u.user_id = a.user_id;

-- name: social_engagement
insert into public.social_engagement (engagement_id, post_id, engagement_type, engagement_count, recorded_at)
select md5(p.post_id || kind || step)::uuid, p.post_id, kind,
    (share * step * (20 + abs(hashtextextended(p.post_id::text, 0) %% 400)))::integer,
    p.published_at + step * step * interval '6 hours'
from public.social_posts p
cross join (values ('like', 1.0), ('comment', 0.08), ('share', 0.05), ('view', 12.0)) kinds (kind, share)
cross join generate_series(1, 4) step
where p.published_at + step * step * interval '6 hours' < %(until)s;
