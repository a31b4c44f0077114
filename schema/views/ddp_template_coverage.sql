-- requires: functions/percentage.sql
-- How many of the retailers in its owner's campaigns each template reaches: a hundred templates an owner.

create materialized view ddp.template_coverage as
select ranked.template_id, ranked.owner_user_id, ranked.retailers_reached, ranked.retailers_total, ranked.coverage
from (
    select
        t.template_id, t.created_by_user_id as owner_user_id, t.unique_retailers_count as retailers_reached,
        greatest(reach.retailers, t.unique_retailers_count) as retailers_total,
        ddp.percentage(t.unique_retailers_count, greatest(reach.retailers, t.unique_retailers_count)) as coverage,
        row_number() over (
            partition by t.created_by_user_id
            order by t.unique_retailers_count desc, t.usage_count desc, t.template_id
        ) as position
    from public.campaign_templates t
    left join (
        select c.created_by_user_id, count(distinct p.retailer_id) as retailers
        from public.campaigns c
        join public.campaign_participants p on p.campaign_id = c.campaign_id and p.participant_state = 'accepted'
        group by c.created_by_user_id
    ) reach on reach.created_by_user_id = t.created_by_user_id
    where t.usage_count > 0
) ranked
where ranked.position <= 100;
create unique index template_coverage_key on ddp.template_coverage (template_id);
create index template_coverage_owner_idx on ddp.template_coverage (owner_user_id, coverage desc, template_id);
create index template_coverage_all_idx on ddp.template_coverage (coverage desc, template_id);
comment on materialized view ddp.template_coverage is 'A hundred templates of each owner that reach most retailers.';
revoke all on ddp.template_coverage from public, anon, authenticated, service_role;
