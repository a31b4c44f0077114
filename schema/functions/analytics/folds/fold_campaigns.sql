-- requires: functions/record_measurements.sql
-- Taken changes → counters of e-mail and SMS campaigns and of posts; then the campaigns above them, which are derived
-- again from those few rows.

create or replace function ddp.fold_sends() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.email_campaign_stats as s (
        email_campaign_id, owner_user_id, recipients, sent, delivered, opened, clicked, bounced, failed, complained,
        unsubscribed, machine_opened
    )
    select
        e.email_campaign_id, e.created_by_user_id,
        coalesce(sum(c.change) filter (where c.metric_name = 'recipients'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'sent'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'delivered'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'opened'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'clicked'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'bounced'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'failed'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'complained'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'unsubscribed'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'machine_opened'), 0)
    from ddp.taken_changes c
    join public.email_campaigns e on e.email_campaign_id = c.entity_id
    where c.entity_type = 'email_campaign'
    group by e.email_campaign_id
    on conflict (email_campaign_id) do update set
        recipients = s.recipients + excluded.recipients,
        sent = s.sent + excluded.sent,
        delivered = s.delivered + excluded.delivered,
        opened = s.opened + excluded.opened,
        clicked = s.clicked + excluded.clicked,
        bounced = s.bounced + excluded.bounced,
        failed = s.failed + excluded.failed,
        complained = s.complained + excluded.complained,
        unsubscribed = s.unsubscribed + excluded.unsubscribed,
        machine_opened = s.machine_opened + excluded.machine_opened;

    insert into ddp.sms_campaign_stats as s (
        sms_campaign_id, owner_user_id, recipients, sent, delivered, clicked, failed, unsubscribed, parts, cost_micros
    )
    select
        e.sms_campaign_id, e.created_by_user_id,
        coalesce(sum(c.change) filter (where c.metric_name = 'recipients'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'sent'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'delivered'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'clicked'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'failed'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'unsubscribed'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'parts'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'cost_micros'), 0)
    from ddp.taken_changes c
    join public.sms_campaigns e on e.sms_campaign_id = c.entity_id
    where c.entity_type = 'sms_campaign'
    group by e.sms_campaign_id
    on conflict (sms_campaign_id) do update set
        recipients = s.recipients + excluded.recipients,
        sent = s.sent + excluded.sent,
        delivered = s.delivered + excluded.delivered,
        clicked = s.clicked + excluded.clicked,
        failed = s.failed + excluded.failed,
        unsubscribed = s.unsubscribed + excluded.unsubscribed,
        parts = s.parts + excluded.parts,
        cost_micros = s.cost_micros + excluded.cost_micros;
$$;
comment on function ddp.fold_sends() is 'Adds taken changes to the statistics of e-mail and SMS campaigns.';

create or replace function ddp.fold_social_posts() returns void
    language sql volatile
    set search_path = ''
as $$
    with newest as (
        select distinct on (m.post_id, m.engagement_type) m.*
        from (
            select post_id, engagement_type, engagement_count, recorded_at from public.social_engagement
            union all
            select post_id, engagement_type, engagement_count, recorded_at from ddp.archived_engagement
        ) m
        where m.post_id in (select c.entity_id from ddp.taken_changes c where c.entity_type = 'social_post')
        order by m.post_id, m.engagement_type, m.recorded_at desc, m.engagement_count desc
    )
    insert into ddp.social_post_stats (
        post_id, owner_user_id, like_count, comment_count, share_count, reaction_count, save_count, click_count,
        view_count, reach_count, follow_count, watch_seconds, other_count, last_recorded_at
    )
    select
        p.post_id, a.user_id,
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'like'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'comment'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'share'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'reaction'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'save'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'click'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'view'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'reach'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'follow'), 0),
        coalesce(sum(n.engagement_count) filter (where n.engagement_type = 'watch_seconds'), 0),
        -- Words of before there was a vocabulary.
        coalesce(sum(n.engagement_count) filter (where n.engagement_type <> all (ddp.engagement_types())), 0),
        max(n.recorded_at)
    from public.social_posts p
    join public.social_accounts a on a.account_id = p.account_id
    left join newest n on n.post_id = p.post_id
    where p.post_id in (select c.entity_id from ddp.taken_changes c where c.entity_type = 'social_post')
    group by p.post_id, a.user_id
    on conflict (post_id) do update set
        owner_user_id = excluded.owner_user_id,
        like_count = excluded.like_count,
        comment_count = excluded.comment_count,
        share_count = excluded.share_count,
        reaction_count = excluded.reaction_count,
        save_count = excluded.save_count,
        click_count = excluded.click_count,
        view_count = excluded.view_count,
        reach_count = excluded.reach_count,
        follow_count = excluded.follow_count,
        watch_seconds = excluded.watch_seconds,
        other_count = excluded.other_count,
        last_recorded_at = excluded.last_recorded_at;
$$;
comment on function ddp.fold_social_posts() is 'Derives the engagement of touched posts: the newest count of each type.';

create or replace function ddp.fold_campaigns() returns void
    language sql volatile
    set search_path = ''
as $$
    with touched as (
        select taken.entity_id as campaign_id from ddp.taken_changes taken where taken.entity_type = 'campaign'
        union
        select email.campaign_id
        from ddp.taken_changes taken
        join public.email_campaigns email on email.email_campaign_id = taken.entity_id
        where taken.entity_type = 'email_campaign'
        union
        select sms.campaign_id
        from ddp.taken_changes taken
        join public.sms_campaigns sms on sms.sms_campaign_id = taken.entity_id
        where taken.entity_type = 'sms_campaign'
        union
        select post.campaign_id
        from ddp.taken_changes taken
        join public.social_posts post on post.post_id = taken.entity_id
        where taken.entity_type = 'social_post'
    )
    insert into ddp.campaign_stats (
        campaign_id, owner_user_id, participant_count, emails_sent, emails_delivered, emails_opened, emails_clicked,
        sms_sent, sms_delivered, post_count, post_engagement, conversions, email_conversions, conversion_cents
    )
    select
        c.campaign_id, c.created_by_user_id,
        (
            select count(*) from public.campaign_participants p
            where p.campaign_id = c.campaign_id and p.participant_state = 'accepted'
        ),
        coalesce(emails.sent, 0), coalesce(emails.delivered, 0), coalesce(emails.opened, 0), coalesce(emails.clicked, 0),
        coalesce(texts.sent, 0), coalesce(texts.delivered, 0), coalesce(posts.published, 0), coalesce(posts.engagement, 0),
        coalesce(earned.conversions, 0), coalesce(emails.conversions, 0), coalesce(earned.cents, 0)
    from touched t
    join public.campaigns c on c.campaign_id = t.campaign_id
    cross join lateral (
        select
            sum(stats.sent)::bigint as sent, sum(stats.delivered)::bigint as delivered, sum(stats.opened)::bigint as opened,
            sum(stats.clicked)::bigint as clicked, sum(stats.conversions)::bigint as conversions
        from public.email_campaigns email
        join ddp.email_campaign_stats stats on stats.email_campaign_id = email.email_campaign_id
        where email.campaign_id = c.campaign_id
    ) emails
    cross join lateral (
        select sum(stats.sent)::bigint as sent, sum(stats.delivered)::bigint as delivered
        from public.sms_campaigns sms
        join ddp.sms_campaign_stats stats on stats.sms_campaign_id = sms.sms_campaign_id
        where sms.campaign_id = c.campaign_id
    ) texts
    cross join lateral (
        select
            count(*) filter (where post.published_at is not null) as published,
            sum(
                stats.like_count + stats.reaction_count + stats.comment_count + stats.share_count + stats.save_count
                + stats.click_count
            )::bigint as engagement
        from public.social_posts post
        left join ddp.social_post_stats stats on stats.post_id = post.post_id
        where post.campaign_id = c.campaign_id
    ) posts
    cross join lateral (
        select sum(stats.conversions)::bigint as conversions, sum(stats.conversion_cents)::bigint as cents
        from ddp.campaign_retailer_stats stats
        where stats.campaign_id = c.campaign_id
    ) earned
    on conflict (campaign_id) do update set
        participant_count = excluded.participant_count,
        emails_sent = excluded.emails_sent,
        emails_delivered = excluded.emails_delivered,
        emails_opened = excluded.emails_opened,
        emails_clicked = excluded.emails_clicked,
        sms_sent = excluded.sms_sent,
        sms_delivered = excluded.sms_delivered,
        post_count = excluded.post_count,
        post_engagement = excluded.post_engagement,
        conversions = excluded.conversions,
        email_conversions = excluded.email_conversions,
        conversion_cents = excluded.conversion_cents;
$$;
comment on function ddp.fold_campaigns() is 'Derives touched campaigns from their e-mail, SMS and posts.';
revoke all on function ddp.fold_sends(), ddp.fold_social_posts(), ddp.fold_campaigns()
    from public, anon, authenticated, service_role;
