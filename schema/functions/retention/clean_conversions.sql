-- requires: functions/metric_changes.sql, functions/recompute_analytics.sql
-- Old orders leave their sums in ddp.archived_conversions, which a recomputation reads as it reads orders.

create or replace function ddp.clean_conversions(p_before timestamptz, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_removed bigint;
begin
    if not pg_try_advisory_xact_lock(hashtext('ddp.archive')) or ddp.is_recomputing() then
        return 0;
    end if;
    with gone as (
        delete from public.conversions c
        where c.conversion_id = any (array(
            select o.conversion_id from public.conversions o
            where o.recorded_at < p_before
            order by o.recorded_at
            limit p_limit
            for update skip locked
        ))
        returning c.*
    ), sums as (
        insert into ddp.archived_conversions as a (
            campaign_id, retailer_id, email_campaign_id, sms_campaign_id, occurred_at, conversion_count, value
        )
        select
            g.campaign_id, g.retailer_id, g.email_campaign_id, g.sms_campaign_id,
            case when g.occurred_at >= ddp.first_quarter() then date_bin('15 minutes', g.occurred_at, 'epoch')
                else date_trunc('day', g.occurred_at, 'UTC') end,  -- as statistics keep it
            sum(g.conversion_count), sum(g.value)
        from gone g
        group by 1, 2, 3, 4, 5
        on conflict (retailer_id, campaign_id, email_campaign_id, sms_campaign_id, occurred_at) do update set
            conversion_count = a.conversion_count + excluded.conversion_count,
            value = a.value + excluded.value
    )
    select count(*) into v_removed from gone;
    return v_removed;
end
$$;
comment on function ddp.clean_conversions(timestamptz, integer) is
    'Removes orders that were recorded before a time, the oldest p_limit; their sums by campaign, retailer, message and day '
    'stay. Returns how many: none while they are counted again. No report is older than 90 days, the least that orders are '
    'kept: one that was removed is not recorded again.';
revoke all on function ddp.clean_conversions(timestamptz, integer) from public, anon, authenticated, service_role;
