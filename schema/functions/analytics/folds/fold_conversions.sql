-- requires: functions/fold_email_conversions.sql, functions/fold_sms_conversions.sql
-- Taken changes → what messages, campaigns and the retailers in them earned.

create or replace function ddp.fold_conversions() returns void
    language sql volatile
    set search_path = ''
as $$
    select ddp.fold_email_conversions();
    select ddp.fold_sms_conversions();
    insert into ddp.campaign_retailer_stats as s (campaign_id, retailer_id, conversions, conversion_cents)
    select
        c.entity_id, c.user_id,
        coalesce(sum(c.change) filter (where c.metric_name = 'conversions'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'conversion_cents'), 0)
    from ddp.taken_changes c
    join public.campaigns k on k.campaign_id = c.entity_id
    where c.entity_type = 'campaign' and c.metric_name in ('conversions', 'conversion_cents')
    group by c.entity_id, c.user_id
    on conflict (campaign_id, retailer_id) do update set
        conversions = s.conversions + excluded.conversions,
        conversion_cents = s.conversion_cents + excluded.conversion_cents;
$$;
comment on function ddp.fold_conversions() is
    'Adds taken conversions to the statistics of messages, and of retailers in campaigns.';
revoke all on function ddp.fold_conversions() from public, anon, authenticated, service_role;
