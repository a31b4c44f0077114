-- requires: functions/recompute_analytics.sql, functions/detached_actions.sql
-- A sample of statistics, compared with the facts: an alarm goes off where one differs. One statement has one snapshot, in
-- which statistics and the queue's changes are together what the facts and their archive say.

-- Stable, so that it reads in the snapshot of the statement that calls it.
create or replace function ddp.facts_of_statistics(p_files uuid[], p_emails uuid[], p_texts uuid[], p_posts uuid[])
    returns table (entity_type text, entity_id uuid, metric_name text, value bigint)
    language sql stable
    set search_path = ''
    rows 1000
as $$
    with detached as materialized (
        select
            d.file_id, count(*) filter (where d.action_type = 'VIEW') as views,
            count(*) filter (where d.action_type = 'DOWNLOAD') as downloads
        from ddp.detached_actions() d
        group by d.file_id
    )
    select 'file', f.file_id, m.metric_name, m.value
    from unnest(p_files) f (file_id)
    left join ddp.archived_files archived on archived.file_id = f.file_id
    left join detached d on d.file_id = f.file_id
    cross join lateral (
        select
            count(*) filter (where a.action_type = 'VIEW') as views,
            count(*) filter (where a.action_type = 'DOWNLOAD') as downloads
        from public.file_actions a
        where a.file_id = f.file_id
    ) a
    cross join lateral (
        values ('views', a.views + coalesce(archived.view_count, 0) + coalesce(d.views, 0)),
            ('downloads', a.downloads + coalesce(archived.download_count, 0) + coalesce(d.downloads, 0))
    ) m (metric_name, value)
    union all
    select 'email_campaign', e.email_campaign_id, m.metric_name, m.value
    from unnest(p_emails) e (email_campaign_id)
    cross join lateral (
        select count(s.sent_at) as sent, count(s.delivered_at) as delivered, count(s.opened_at) as opened,
            count(s.clicked_at) as clicked
        from public.email_sends s
        where s.email_campaign_id = e.email_campaign_id
    ) s
    cross join lateral (
        select coalesce(sum(o.conversion_count), 0) as conversions
        from (
            select c.conversion_count from public.conversions c where c.email_campaign_id = e.email_campaign_id
            union all
            select c.conversion_count from ddp.archived_conversions c where c.email_campaign_id = e.email_campaign_id
        ) o
    ) o
    cross join lateral (
        values ('sent', s.sent), ('delivered', s.delivered), ('opened', s.opened), ('clicked', s.clicked),
            ('conversions', o.conversions)
    ) m (metric_name, value)
    union all
    select 'sms_campaign', e.sms_campaign_id, m.metric_name, m.value
    from unnest(p_texts) e (sms_campaign_id)
    cross join lateral (
        select count(s.sent_at) as sent, count(s.delivered_at) as delivered, count(s.clicked_at) as clicked
        from public.sms_sends s
        where s.sms_campaign_id = e.sms_campaign_id
    ) s
    cross join lateral (
        select coalesce(sum(o.conversion_count), 0) as conversions
        from (
            select c.conversion_count from public.conversions c where c.sms_campaign_id = e.sms_campaign_id
            union all
            select c.conversion_count from ddp.archived_conversions c where c.sms_campaign_id = e.sms_campaign_id
        ) o
    ) o
    cross join lateral (
        values ('sent', s.sent), ('delivered', s.delivered), ('clicked', s.clicked), ('conversions', o.conversions)
    ) m (metric_name, value)
    union all
    select 'social_post', p.post_id, 'engagement', (
        select coalesce(sum(n.engagement_count), 0)
        from (
            select distinct on (m.engagement_type) m.engagement_count
            from (
                select e.engagement_type, e.engagement_count, e.recorded_at from public.social_engagement e
                where e.post_id = p.post_id
                union all
                select e.engagement_type, e.engagement_count, e.recorded_at from ddp.archived_engagement e
                where e.post_id = p.post_id
            ) m
            order by m.engagement_type, m.recorded_at desc, m.engagement_count desc
        ) n
    )
    from unnest(p_posts) p (post_id)
$$;
comment on function ddp.facts_of_statistics(uuid[], uuid[], uuid[], uuid[]) is
    'What the facts and their archive say of files, e-mail campaigns, SMS campaigns and posts, with the names of metrics.';

create or replace function ddp.differing_statistics(p_share double precision) returns bigint
    language sql volatile security definer
    set search_path = ''
as $$
    with files as materialized (
        select f.file_id from public.files f where random() < p_share
    ), emails as materialized (
        select e.email_campaign_id from public.email_campaigns e where random() < p_share
    ), texts as materialized (
        select e.sms_campaign_id from public.sms_campaigns e where random() < p_share
    ), posts as materialized (
        select p.post_id from public.social_posts p where random() < p_share
    ), queued as materialized (  -- read once: the queue has no index
        select q.entity_type, q.entity_id, q.metric_name, sum(q.change) as change
        from ddp.metric_changes q
        where q.entity_type in ('file', 'email_campaign', 'sms_campaign', 'social_post')
        group by q.entity_type, q.entity_id, q.metric_name
    ), counted (entity_type, entity_id, metric_name, value) as (
        select 'file', f.file_id, m.metric_name, m.value
        from files f
        left join ddp.file_stats s on s.file_id = f.file_id
        cross join lateral (values ('views', s.view_count), ('downloads', s.download_count)) m (metric_name, value)
        union all
        select 'email_campaign', e.email_campaign_id, m.metric_name, m.value
        from emails e
        left join ddp.email_campaign_stats s on s.email_campaign_id = e.email_campaign_id
        cross join lateral (
            values ('sent', s.sent), ('delivered', s.delivered), ('opened', s.opened), ('clicked', s.clicked),
                ('conversions', s.conversions)
        ) m (metric_name, value)
        union all
        select 'sms_campaign', e.sms_campaign_id, m.metric_name, m.value
        from texts e
        left join ddp.sms_campaign_stats s on s.sms_campaign_id = e.sms_campaign_id
        cross join lateral (
            values ('sent', s.sent), ('delivered', s.delivered), ('clicked', s.clicked), ('conversions', s.conversions)
        ) m (metric_name, value)
        union all
        select
            'social_post', p.post_id, 'engagement',
            s.like_count + s.comment_count + s.share_count + s.reaction_count + s.save_count + s.click_count
            + s.view_count + s.reach_count + s.follow_count + s.watch_seconds + s.other_count
        from posts p
        left join ddp.social_post_stats s on s.post_id = p.post_id
        -- What was touched is derived by the next refresh; and a month that is being archived is read by nobody.
        where not exists (
            select from queued q
            where q.entity_type = 'social_post' and q.entity_id = p.post_id and q.metric_name = 'touched'
        ) and not exists (select from ddp.detached_months d where d.parent_name = 'social_engagement')
    )
    select count(distinct (c.entity_type, c.entity_id))
    from counted c
    join ddp.facts_of_statistics(
        array(select x.file_id from files x), array(select x.email_campaign_id from emails x),
        array(select x.sms_campaign_id from texts x), array(select x.post_id from posts x)
    ) f on f.entity_type = c.entity_type and f.entity_id = c.entity_id and f.metric_name = c.metric_name
    left join queued q
        on q.entity_type = c.entity_type and q.entity_id = c.entity_id and q.metric_name = c.metric_name
    where coalesce(c.value, 0) + coalesce(q.change, 0) <> f.value and not ddp.is_recomputing()
$$;
comment on function ddp.differing_statistics(double precision) is
    'How many of a random share (0 to 1) of the files, e-mail and SMS campaigns and posts have statistics that differ from the '
    'facts: 0 if all is well. None while a recomputation is under way.';
revoke all on function
    ddp.facts_of_statistics(uuid[], uuid[], uuid[], uuid[]), ddp.differing_statistics(double precision)
    from public, anon, authenticated, service_role;
grant execute on function ddp.differing_statistics(double precision) to service_role;
