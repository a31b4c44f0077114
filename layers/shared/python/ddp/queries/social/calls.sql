-- name: start
-- Commits that calls start, and says which may go.
select * from ddp.start_social_calls(%(calls)s::jsonb, %(part_no)s, %(worker)s, %(lease)s);

-- name: record
-- Records what came of started calls.
select * from ddp.record_social_calls(%(results)s::jsonb);

-- name: found
-- Records what reads of unconfirmed posts found.
select * from ddp.social_found(%(worker)s, %(results)s::jsonb);

-- name: budget
-- The budget of the month that a post would draw on, in US dollars; and whether others than the payer see why it failed.
select ddp.social_month(now()) as month, s.monthly_budget,
    greatest(coalesce(s.monthly_budget, 0) - coalesce(b.reserved + b.charged, 0), 0) as left,
    coalesce(p.campaign_owner_id <> p.created_by_user_id, false) as is_seen_by_others
from public.social_posts p
left join ddp.social_budgets s on s.user_id = p.created_by_user_id
left join ddp.budgets b on b.scope = 'social_month' and b.owner_id = p.created_by_user_id and b.period = ddp.social_month(now())
where p.post_id = %(post_id)s;

-- name: full
-- Which of these quotas, by its place from 1, is used up, and is so for longest.
select g.place
from jsonb_array_elements(%(quotas)s::jsonb) with ordinality g (given, place)
cross join lateral ddp.quotas_of(jsonb_build_array(g.given)) u
join ddp.social_quotas q on q.quota = u.quota and q.owner_id = u.owner_id
where q.reserved + q.charged + u.units > q.cap
order by u.ends_at desc, g.place
limit 1;
