-- name: claim
-- Claims readings that are due, account by account.
select * from ddp.claim_social_polls(%(limit)s, %(worker)s, %(lease)s, %(within)s);

-- name: end
-- Ends readings that the worker still has, and records what they read.
select ddp.end_social_polls(%(worker)s, %(results)s::jsonb, %(measurements)s::jsonb);

-- name: name
-- Gives posts the id by which their platform knows them from now on; they are read soon.
select ddp.name_social_posts(%(names)s::jsonb);

-- name: retire
-- Notes metrics that a platform no longer knows; returns those that were not known to be retired.
insert into ddp.social_retired_metrics (platform, metric, reason)
select %(platform)s::public.social_platform, left(m.key, 100), left(m.value, 500) from jsonb_each_text(%(metrics)s::jsonb) m
on conflict (platform, metric) do nothing
returning metric;

-- name: retired
-- Metrics that platforms no longer know.
select platform, metric from ddp.social_retired_metrics;

-- name: wait
-- Notes that a platform's quota of the application is used up: a quota of nothing, until there is more.
insert into ddp.social_quotas as q (quota, owner_id, cap, ends_at)
values (%(platform)s || '/readings', '00000000-0000-0000-0000-000000000000', 0, %(until)s)
on conflict (quota, owner_id) do update set ends_at = greatest(q.ends_at, excluded.ends_at);

-- name: waiting
-- The platforms whose quota of the application is used up.
select p.platform, q.ends_at as until
from unnest(enum_range(null::public.social_platform)) p (platform)
join ddp.social_quotas q
    on q.quota = p.platform || '/readings' and q.owner_id = '00000000-0000-0000-0000-000000000000'
where q.ends_at > clock_timestamp();

-- name: figures
-- What alarms watch.
select ddp.engagement_figures();

-- name: pay
-- Charges for reading posts today, as far as the budget lasts.
select ddp.pay_social_reads(%(user_id)s, %(kind)s, %(post_ids)s::uuid[], %(price)s);

-- name: refund
-- Gives back what was paid for posts that were certainly not read.
select ddp.refund_social_reads(%(user_id)s, %(worker)s, %(kind)s, %(post_ids)s::uuid[], %(price)s, %(day)s);
