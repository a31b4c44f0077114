-- name: caller
-- Who acts, and until when everything that happened is counted.
select (select ddp.active_user_id()) as account_id, (select ddp.active_user_type()) as account_type,
    ddp.analytics_as_of() as as_of;

-- name: freshness
-- The same, with its age.
select f.as_of, extract(epoch from now() - f.as_of)::bigint as age_seconds from (select ddp.analytics_as_of() as as_of) f;

-- name: activity
-- What an account did in a period. The function refuses other accounts, except for administrators.
select user_id, sessions, session_seconds, uploads, views, downloads, shares, campaigns_created, campaigns_joined,
    email_campaigns, sms_campaigns, social_posts, last_active_at
from public.get_user_activity_summary(%(user_id)s, %(since)s, %(until)s);

-- name: sms_by_country
-- What an own SMS campaign came to, by country.
select c.* from public.sms_by_country(%(sms_campaign_id)s) c;
