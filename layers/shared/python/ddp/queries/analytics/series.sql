-- Figures over time. Intervals are whole ones by the clock of a zone, and those without a figure are there too.

-- part: by_day
select date_trunc(%(interval)s, d.date_recorded::timestamp) at time zone 'UTC' as start, d.metric_name,
    sum(d.metric_value)::bigint as value
from public.daily_analytics d

-- part: of_days
d.metric_name = any (%(metrics)s::text[])
    and d.date_recorded >= %(first)s::timestamptz at time zone 'UTC'
    and d.date_recorded < %(last)s::timestamptz at time zone 'UTC'
group by 1, 2

-- part: by_quarter
select b.start, q.metric_name, sum(q.metric_value)::bigint as value
from unnest(%(starts)s::timestamptz[], %(finishes)s::timestamptz[]) b (start, finish)
join ddp.quarter_hours q on q.quarter >= b.start and q.quarter < b.finish and q.metric_name = any (%(metrics)s::text[])

-- name: is_time_zone
-- Whether this names a time zone.
select ddp.is_time_zone(%(zone)s) as is_time_zone;

-- name: owner_of
-- Whose an entity is; no row if there is none that the caller sees. The platform is nobody's.
select o.owner_user_id, o.owner_user_id = (select ddp.active_user_id()) as is_own,
    (select ddp.active_admin_id()) is not null as is_admin
from (
    select u.user_id as owner_user_id from public.users u where %(entity)s = 'user' and u.user_id = %(id)s
    union all
    select f.created_by_user_id from public.files f where %(entity)s = 'file' and f.file_id = %(id)s
    union all
    select e.created_by_user_id from public.email_campaigns e
    where %(entity)s = 'email_campaign' and e.email_campaign_id = %(id)s
    union all
    select m.created_by_user_id from public.sms_campaigns m where %(entity)s = 'sms_campaign' and m.sms_campaign_id = %(id)s
    union all
    select a.user_id from public.social_posts p
    join public.social_accounts a on a.account_id = p.account_id
    where %(entity)s = 'social_post' and p.post_id = %(id)s
    union all
    select null where %(entity)s = 'platform'
) o;

-- name: acting_account
-- The account that the caller acts for.
select (select ddp.active_user_id()) as account_id;

-- name: days
-- Days, weeks and months: each with its beginning, its end and its first and last date, by the zone's clock.
with bounds as (
    select date_trunc(%(interval)s, %(since)s::timestamptz at time zone %(zone)s) as first,
        %(until)s::timestamptz at time zone %(zone)s as last
)
select g.at at time zone %(zone)s as start, (g.at + %(step)s::interval) at time zone %(zone)s as finish
from bounds b
cross join lateral generate_series(b.first, b.last - interval '1 microsecond', %(step)s::interval) g (at)
order by g.at
limit %(limit)s;

-- name: hours
-- Hours by the zone's clock: some zones are a quarter or half an hour apart, and clocks change by half an hour, too.
select h.start, lead(h.start, 1, h.start + interval '1 hour') over (order by h.start) as finish
from (
    select distinct date_trunc('hour', q.at, %(zone)s) as start
    from generate_series(
        date_trunc('hour', %(since)s::timestamptz, %(zone)s), %(until)s::timestamptz - interval '1 microsecond',
        interval '15 minutes'
    ) q (at)
) h
order by h.start
limit %(limit)s;

-- name: days_of_entity
-- Sums of UTC days, by the beginning of their interval, of one entity of one owner.
{by_day}
where d.entity_type = %(entity)s and d.entity_id = %(id)s and d.owner_user_id = %(owner)s and {of_days};

-- name: days_of_platform
-- The same of the platform, which is nobody's.
{by_day}
where d.entity_type = 'platform' and d.entity_id is null and d.owner_user_id is null and {of_days};

-- name: quarters_of_entity
-- Sums of quarter hours, by the interval that they are in, of all that one owner has.
{by_quarter} and q.owner_user_id = %(owner)s
group by b.start, q.metric_name;

-- name: quarters_of_platform
-- The same of the platform.
{by_quarter} and q.owner_user_id is null
group by b.start, q.metric_name;
