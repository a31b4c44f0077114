-- requires: functions/kept_days.sql, functions/take_changes.sql
-- Measurements of touched posts → what each post, and each account with all of its posts, gained on each UTC day. Engagement is a
-- level: a day's gain is its last measurement less the last one before. Days whose facts are gone stay as they are.

create or replace function ddp.fold_engagement_days() returns void
    language sql volatile
    set search_path = ''
as $$
    with touched as materialized (
        select distinct c.entity_id as post_id from ddp.taken_changes c where c.entity_type = 'social_post'
    ), kept as (
        select ddp.first_kept_day('social_engagement') as first_day
    ), closings as (
        select distinct on (e.post_id, e.engagement_type, d.day)
            e.post_id, e.engagement_type, d.day, p.account_id, e.engagement_count::bigint as closing
        from touched t
        join public.social_posts p on p.post_id = t.post_id
        join public.social_engagement e on e.post_id = t.post_id
        cross join lateral (select (e.recorded_at at time zone 'UTC')::date as day) d
        where d.day >= (select k.first_day from kept k)
        order by e.post_id, e.engagement_type, d.day, e.recorded_at desc, e.engagement_count desc
    ), fresh as materialized (
        select c.*, c.closing - coalesce(lag(c.closing) over days, (
            select b.closing from ddp.social_post_days b
            where b.post_id = c.post_id and b.engagement_type = c.engagement_type
                and b.day < (select k.first_day from kept k)
            order by b.day desc
            limit 1
        ), 0) as gained
        from closings c
        window days as (partition by c.post_id, c.engagement_type order by c.day)
    ), old as materialized (
        select d.* from ddp.social_post_days d
        join touched t on t.post_id = d.post_id
        where d.day >= (select k.first_day from kept k)
    ), removed as (
        delete from ddp.social_post_days d
        using old o
        where d.post_id = o.post_id and d.engagement_type = o.engagement_type and d.day = o.day
            and not exists (
                select from fresh f
                where f.post_id = o.post_id and f.engagement_type = o.engagement_type and f.day = o.day
            )
    ), written as (
        insert into ddp.social_post_days as d (post_id, engagement_type, day, account_id, closing, gained)
        select f.post_id, f.engagement_type, f.day, f.account_id, f.closing, f.gained from fresh f
        on conflict (post_id, engagement_type, day) do update set closing = excluded.closing, gained = excluded.gained
        where (d.closing, d.gained) is distinct from (excluded.closing, excluded.gained)
    )
    insert into ddp.social_account_days as s (account_id, day, engagement_type, owner_user_id, gained)
    select x.account_id, x.day, x.engagement_type, a.user_id, sum(x.gained)
    from (
        select f.account_id, f.day, f.engagement_type, f.gained from fresh f
        union all
        select o.account_id, o.day, o.engagement_type, -o.gained from old o
    ) x
    join public.social_accounts a on a.account_id = x.account_id
    group by x.account_id, x.day, x.engagement_type, a.user_id
    having sum(x.gained) <> 0
    on conflict (account_id, day, engagement_type) do update set gained = s.gained + excluded.gained
$$;
comment on function ddp.fold_engagement_days() is
    'Derives the days of touched posts again, those that are gone included, and adds the difference to the days of their accounts.';
revoke all on function ddp.fold_engagement_days() from public, anon, authenticated, service_role;
