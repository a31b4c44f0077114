-- requires: functions/percentage.sql, functions/own_content_of_email.sql, functions/own_content_of_sms.sql
-- requires: functions/template_recipients.sql
-- Touched templates → campaign_templates and template_retailer_usage, from the e-mail and SMS campaigns that were made from
-- them, and from the posts that were published of them. What has other content than the template's does not count: messages of
-- a draft whose own content replaces it, those of an A/B test's variant that has its own, and posts with another text.

-- Bounded: see template_recipients.sql for who is counted here, and who between the portions.
create or replace function ddp.fold_template_senders() returns void
    language sql volatile
    set search_path = ''
as $$
    with touched as materialized (
        select c.template_id, c.user_id, bool_or(c.is_due) as is_due
        from (
            select t.entity_id as template_id, t.user_id, true as is_due from ddp.taken_changes t
            where t.entity_type = 'template' and t.user_id is not null
            union all
            select e.template_id, e.created_by_user_id, false
            from ddp.taken_changes t
            join public.email_campaigns e on e.email_campaign_id = t.entity_id
            where t.entity_type = 'email_campaign' and t.metric_name = 'sent' and e.template_id is not null
            union all
            select s.template_id, s.created_by_user_id, false
            from ddp.taken_changes t
            join public.sms_campaigns s on s.sms_campaign_id = t.entity_id
            where t.entity_type = 'sms_campaign' and t.metric_name = 'sent' and s.template_id is not null
        ) c
        group by c.template_id, c.user_id
    ), sent as materialized (
        select
            t.template_id, t.user_id, c.*, old.recipients as counted, old.behind_since,
            t.is_due or old.recipients is null or c.sent <= 10000 as is_due,
            c.email_ids is null and c.text_ids is null
            or c.sent <= 10000 and sum(c.sent) over (order by c.sent, t.template_id, t.user_id) <= 500000 as is_counted
        from touched t
        left join ddp.template_senders old on old.template_id = t.template_id and old.user_id = t.user_id
        cross join lateral ddp.sends_of_template(t.template_id, t.user_id) c
    ), fresh as materialized (
        select
            s.template_id, s.user_id,
            case when s.is_counted then ddp.different_recipients(s.email_ids, s.text_ids, s.most_emails, s.most_texts)
                else greatest(s.counted, s.most_emails + s.most_texts) end as recipients,
            case when s.is_counted then null when s.is_due then '-infinity' else coalesce(s.behind_since, now()) end as behind_since
        from sent s
    ), gone as (
        delete from ddp.template_senders s
        using fresh f
        where s.template_id = f.template_id and s.user_id = f.user_id and f.recipients = 0
    )
    insert into ddp.template_senders (template_id, user_id, recipients, behind_since)
    select f.template_id, f.user_id, f.recipients, f.behind_since from fresh f where f.recipients > 0
    on conflict (template_id, user_id) do update set
        recipients = excluded.recipients,
        behind_since = excluded.behind_since
$$;
comment on function ddp.fold_template_senders() is
    'Derives how many different recipients each touched sender reached with a template.';

create or replace function ddp.recount_template_senders() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.metric_changes (entity_type, entity_id, user_id, metric_name, change)
    select 'template', s.template_id, s.user_id, 'touched', 0
    from ddp.template_senders s
    where s.behind_since < now() - interval '1 hour'
$$;
comment on function ddp.recount_template_senders() is
    'Of the release before, whose refresh calls it until this one is applied: has the next refresh look at senders again who '
    'are behind for an hour.';

create or replace function ddp.fold_templates() returns void
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_templates constant uuid[] := array(
        select c.entity_id from ddp.taken_changes c where c.entity_type = 'template'
        union
        select e.template_id
        from ddp.taken_changes c
        join public.email_campaigns e on e.email_campaign_id = c.entity_id
        where c.entity_type = 'email_campaign'
        union
        select s.template_id
        from ddp.taken_changes c
        join public.sms_campaigns s on s.sms_campaign_id = c.entity_id
        where c.entity_type = 'sms_campaign'
    );
begin
    insert into public.campaign_templates as t (
        template_id, template_name, template_type, created_by_user_id, is_active
    )
    select s.template_id, s.template_name, s.template_type, s.created_by_user_id, s.is_active
    from public.templates s
    where s.template_id = any (v_templates)
    on conflict (template_id) do update set
        template_name = excluded.template_name,
        template_type = excluded.template_type,
        created_by_user_id = excluded.created_by_user_id,
        is_active = excluded.is_active;
    -- No campaign refers to a template that was deleted: it was never used, and nothing is left of it.
    delete from public.campaign_templates t
    where t.template_id = any (v_templates)
        and not exists (select from public.templates s where s.template_id = t.template_id);
    perform ddp.fold_template_senders();

    with made as materialized (
        select
            t.template_id, t.created_by_user_id as brand_id, e.created_by_user_id as user_id, e.campaign_id,
            e.created_at, greatest(e.sent_at, x.last_sent_on::timestamp at time zone 'UTC') as last_at,
            greatest(0, coalesce(x.sent, 0) - own.sent) as sent,
            greatest(0, coalesce(x.delivered, 0) - own.delivered) as delivered,
            greatest(0, coalesce(x.conversions, 0) - own.conversions) as conversions
        from public.campaign_templates t
        join public.email_campaigns e on e.template_id = t.template_id and not e.replaces_template
        left join ddp.email_campaign_stats x on x.email_campaign_id = e.email_campaign_id
        cross join lateral ddp.own_content_of_email(e.email_campaign_id) own
        where t.template_id = any (v_templates)
        union all
        select
            t.template_id, t.created_by_user_id, s.created_by_user_id, s.campaign_id,
            s.created_at, greatest(s.sent_at, x.last_sent_on::timestamp at time zone 'UTC'),
            greatest(0, coalesce(x.sent, 0) - own.sent), 0, 0  -- an SMS has no conversions: it would only lower the rate
        from public.campaign_templates t
        join public.sms_campaigns s on s.template_id = t.template_id and not s.replaces_template
        left join ddp.sms_campaign_stats x on x.sms_campaign_id = s.sms_campaign_id
        cross join lateral ddp.own_content_of_sms(s.sms_campaign_id) own
        where t.template_id = any (v_templates)
        union all
        select t.template_id, t.created_by_user_id, p.created_by_user_id, p.campaign_id, p.created_at, p.published_at, 1, 0, 0
        from public.campaign_templates t
        join public.social_posts p on p.template_id = t.template_id and p.published_at is not null and not p.replaces_template
        where t.template_id = any (v_templates)
    ), by_retailer as materialized (
        select
            m.template_id, m.user_id as retailer_id, m.campaign_id, m.brand_id, count(*)::integer as campaigns,
            least(sum(m.sent), 2147483647)::integer as sends, min(m.created_at) as first_at, max(m.last_at) as last_at
        from made m
        join public.users u on u.user_id = m.user_id and u.user_type = 'retailer'
        group by 1, 2, 3, 4
    ), counted as (
        update public.campaign_templates t
        set usage_count = fresh.usage_count,
            unique_retailers_count = fresh.retailers,
            unique_recipients_count = fresh.recipients,
            conversion_rate = fresh.rate
        from (
            select
                c.template_id, count(m.template_id)::integer as usage_count,
                count(distinct m.user_id) filter (where u.user_type = 'retailer') as retailers,
                (
                    select least(coalesce(sum(s.recipients), 0), 2147483647)::integer from ddp.template_senders s
                    where s.template_id = c.template_id
                ) as recipients,
                ddp.percentage(sum(m.conversions), sum(m.delivered), 999.99) as rate
            from public.campaign_templates c
            left join made m on m.template_id = c.template_id
            left join public.users u on u.user_id = m.user_id
            where c.template_id = any (v_templates)
            group by c.template_id
        ) fresh
        where t.template_id = fresh.template_id
    ), gone as (
        delete from public.template_retailer_usage u
        where u.template_id = any (v_templates)
            and not exists (
                select from by_retailer b
                where b.template_id = u.template_id and b.retailer_id = u.retailer_id
                    and b.campaign_id is not distinct from u.campaign_id
            )
    )
    insert into public.template_retailer_usage as u (
        template_id, retailer_id, campaign_id, brand_id, campaigns_joined, total_sends, last_active_date, created_at
    )
    select b.template_id, b.retailer_id, b.campaign_id, b.brand_id, b.campaigns, b.sends, b.last_at, b.first_at
    from by_retailer b
    on conflict (template_id, retailer_id, campaign_id) do update set
        brand_id = excluded.brand_id,
        campaigns_joined = excluded.campaigns_joined,
        total_sends = excluded.total_sends,
        last_active_date = excluded.last_active_date,
        created_at = excluded.created_at;
end
$$;
comment on function ddp.fold_templates() is 'Derives touched templates from the campaigns and posts that were made from them.';

create or replace function ddp.fold_template_reach() returns void
    language sql volatile
    set search_path = ''
as $$
    with owners as materialized (
        select t.created_by_user_id as owner_id
        from ddp.taken_changes c
        join public.campaign_templates t on t.template_id = c.entity_id
        where c.entity_type = 'template'
        union
        select p.created_by_user_id
        from ddp.taken_changes c
        join public.campaigns p on p.campaign_id = c.entity_id
        where c.entity_type = 'campaign'
    ), fresh as materialized (
        select
            t.template_id, o.owner_id, t.unique_retailers_count as reached,
            greatest(reach.retailers, t.unique_retailers_count) as total
        from owners o
        cross join lateral (
            select count(distinct p.retailer_id) as retailers from public.campaign_participants p
            where p.campaign_owner_id = o.owner_id and p.participant_state = 'accepted'
        ) reach
        join public.campaign_templates t on t.created_by_user_id = o.owner_id and t.usage_count > 0
    ), gone as (
        delete from ddp.template_reach r
        using owners o
        where r.owner_user_id = o.owner_id and not exists (select from fresh f where f.template_id = r.template_id)
    )
    insert into ddp.template_reach as r (template_id, owner_user_id, retailers_reached, retailers_total, coverage)
    select f.template_id, f.owner_id, f.reached, f.total, ddp.percentage(f.reached, f.total) from fresh f
    on conflict (template_id) do update set
        owner_user_id = excluded.owner_user_id,
        retailers_reached = excluded.retailers_reached,
        retailers_total = excluded.retailers_total,
        coverage = excluded.coverage
    where (r.owner_user_id, r.retailers_reached, r.retailers_total)
        is distinct from (excluded.owner_user_id, excluded.retailers_reached, excluded.retailers_total)
$$;
comment on function ddp.fold_template_reach() is
    'Derives the reach of all templates of owners of whom a template, or who takes part in a campaign, was touched.';
revoke all on function
    ddp.fold_template_senders(), ddp.recount_template_senders(), ddp.fold_templates(), ddp.fold_template_reach()
    from public, anon, authenticated, service_role;
