-- name: post
-- A published post that the caller sees.
select p.post_id, p.account_id, p.published_at, p.deleted_on_platform_at
from public.social_posts p
where p.post_id = %(post_id)s;

-- name: account
-- An account that the caller sees.
select a.account_id, a.time_zone from public.social_accounts a where a.account_id = %(account_id)s;

-- name: polls
-- When a post was and will be read, and why not.
select kind, measured_at, due_at, reason from public.social_post_polls(%(post_id)s) order by kind;

-- name: history
-- The last measurement of each kind in each interval.
select distinct on (x.at, x.engagement_type) x.at, x.engagement_type as metric, x.engagement_count as count
from (
    select
        case %(interval)s
            when 'reading' then e.recorded_at else date_trunc(%(unit)s, e.recorded_at, 'UTC')
        end as at,
        e.engagement_type, e.engagement_count, e.recorded_at
    from public.social_engagement e
    where e.post_id = %(post_id)s and e.engagement_type = any (%(metrics)s::text[])
        and e.recorded_at >= %(since)s and e.recorded_at < %(until)s
) x
order by x.at, x.engagement_type, x.recorded_at desc
limit %(limit)s;

-- name: days
-- What the posts of an account gained on each day.
select d.day, d.engagement_type as metric, d.gained
from ddp.social_account_days d
where d.account_id = %(account_id)s and d.day >= %(since)s and d.day < %(until)s
    and d.engagement_type = any (%(metrics)s::text[]) and d.gained <> 0
order by d.day, d.engagement_type;

-- name: top
-- The posts of an account with the most engagement, of those published in a time.
select
    s.post_id, s.published_at, s.post_type, s.total_engagement, s.view_count, s.reach_count, s.last_recorded_at
from public.social_post_analytics s
where s.account_id = %(account_id)s and s.published_at >= %(since)s and s.published_at < %(until)s
order by s.total_engagement desc, s.post_id
limit %(limit)s;

-- name: best_times
-- Posts of an account by the hour of the week in which they went out: how much engagement each had after 24 hours, relative to
-- the median of all of them. Each kind counts as the first reading from 23 to 27 hours after publication said, or, if it has
-- none, as it stood before: what did not change was not always written. A post of which nothing was read in that time says
-- nothing. Without posts to compare there is one row, without an hour.
with posts as materialized (
    select p.post_id, p.published_at, p.published_at at time zone %(time_zone)s as local_time
    from public.social_posts p
    where p.account_id = %(account_id)s and p.status = 'published' and p.deleted_on_platform_at is null
        and p.published_at between now() - interval '1 year' and now() - interval '27 hours'
    order by p.published_at desc
    limit 500
), compared as (
    select p.local_time, n.engagement
    from posts p
    cross join lateral (
        select sum(k.engagement_count) filter (
            where k.engagement_type in ('like', 'reaction', 'comment', 'share', 'save', 'click')
        ) as engagement
        from (
            select distinct on (e.engagement_type)
                e.engagement_type, e.engagement_count, e.recorded_at >= p.published_at + interval '23 hours' as is_in_time
            from public.social_engagement e
            where e.post_id = p.post_id
                and e.recorded_at >= p.published_at and e.recorded_at < p.published_at + interval '27 hours'
            order by
                e.engagement_type, is_in_time desc,
                case when e.recorded_at >= p.published_at + interval '23 hours' then e.recorded_at end, e.recorded_at desc
        ) k
        having bool_or(k.is_in_time)
    ) n
    where n.engagement is not null
), median as (
    select
        percentile_cont(0.5) within group (order by c.engagement) as engagement, count(*) as posts,
        (select count(*) from posts) - count(*) as unread
    from compared c
)
select
    extract(isodow from c.local_time)::integer as weekday, extract(hour from c.local_time)::integer as hour,
    count(c.local_time) as posts, m.posts as all_posts, m.unread as unread_posts,
    round((percentile_cont(0.5) within group (order by c.engagement) / nullif(m.engagement, 0))::numeric, 2) as relative
from median m
left join compared c on true
group by 1, 2, m.posts, m.unread, m.engagement
order by relative desc nulls last, posts desc, weekday, hour;

-- name: measure
-- Lets a post be read now.
select public.measure_social_post(%(post_id)s);

-- name: deletion
-- What became of a request to forget a person.
select requested_at, done_at from public.social_deletion(%(code)s);

-- name: set_read_budget
-- What reading an account's posts may cost in a month.
select public.set_social_read_budget(%(user_id)s, %(monthly_budget)s);
