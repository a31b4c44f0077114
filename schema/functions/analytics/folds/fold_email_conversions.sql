-- twin: sms (fold_sms_conversions)

create or replace function ddp.fold_email_conversions() returns void
    language sql volatile
    set search_path = ''
as $$
    insert into ddp.email_campaign_stats as s (email_campaign_id, owner_user_id, conversions, conversion_cents)
    select
        e.email_campaign_id, e.created_by_user_id,
        coalesce(sum(c.change) filter (where c.metric_name = 'conversions'), 0),
        coalesce(sum(c.change) filter (where c.metric_name = 'conversion_cents'), 0)
    from ddp.taken_changes c
    join public.email_campaigns e on e.email_campaign_id = c.entity_id
    where c.entity_type = 'email_campaign' and c.metric_name in ('conversions', 'conversion_cents')
    group by e.email_campaign_id
    on conflict (email_campaign_id) do update set
        conversions = s.conversions + excluded.conversions,
        conversion_cents = s.conversion_cents + excluded.conversion_cents;
$$;
comment on function ddp.fold_email_conversions() is 'Adds taken conversions to the statistics of e-mails.';
revoke all on function ddp.fold_email_conversions() from public, anon, authenticated, service_role;
