-- requires: functions/percentage.sql
-- Touched templates → campaign_templates and template_retailer_usage, from the e-mail and SMS campaigns
-- that were made from them.

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

    with made as materialized (
        select
            t.template_id, t.created_by_user_id as brand_id, e.created_by_user_id as user_id, e.campaign_id, e.sent_at,
            coalesce(x.sent, 0) as sent, coalesce(x.delivered, 0) as delivered, coalesce(x.clicked, 0) as clicked
        from public.campaign_templates t
        join public.email_campaigns e on e.template_id = t.template_id
        left join ddp.email_campaign_stats x on x.email_campaign_id = e.email_campaign_id
        where t.template_id = any (v_templates)
        union all
        select
            t.template_id, t.created_by_user_id, s.created_by_user_id, s.campaign_id, s.sent_at,
            coalesce(x.sent, 0), 0, 0  -- an SMS has no clicks: it would only lower the rate
        from public.campaign_templates t
        join public.sms_campaigns s on s.template_id = t.template_id
        left join ddp.sms_campaign_stats x on x.sms_campaign_id = s.sms_campaign_id
        where t.template_id = any (v_templates)
    ), by_retailer as materialized (
        select
            m.template_id, m.user_id as retailer_id, m.campaign_id, m.brand_id, count(*)::integer as campaigns,
            least(sum(m.sent), 2147483647)::integer as sends, max(m.sent_at) as last_at
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
                least(coalesce(sum(m.sent), 0), 2147483647)::integer as recipients,
                ddp.percentage(sum(m.clicked), sum(m.delivered), 999.99) as rate
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
        template_id, retailer_id, campaign_id, brand_id, campaigns_joined, total_sends, last_active_date
    )
    select b.template_id, b.retailer_id, b.campaign_id, b.brand_id, b.campaigns, b.sends, b.last_at
    from by_retailer b
    on conflict (template_id, retailer_id, campaign_id) do update set
        brand_id = excluded.brand_id,
        campaigns_joined = excluded.campaigns_joined,
        total_sends = excluded.total_sends,
        last_active_date = excluded.last_active_date;
end
$$;
comment on function ddp.fold_templates() is 'Derives touched templates from the campaigns that were made from them.';
revoke all on function ddp.fold_templates() from public, anon, authenticated, service_role;
