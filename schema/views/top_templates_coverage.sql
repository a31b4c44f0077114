-- requires: functions/top_lists.sql, policies/campaign_templates.sql
-- Filtered by what the caller sees, then limited; ties go to the lower id.

create or replace view public.top_templates_coverage with (security_invoker = true) as
select
    row_number() over (order by t.coverage desc, c.template_id) as position,
    c.template_id,
    c.template_name,
    c.template_type,
    c.created_by_user_id as brand_id,
    c.usage_count,
    t.retailers_reached,
    t.retailers_total,
    t.coverage,
    c.conversion_rate
from ddp.template_coverage_of_caller() t
join public.campaign_templates c on c.template_id = t.template_id
order by t.coverage desc, c.template_id
limit 10;
comment on view public.top_templates_coverage is
    'The ten templates of the caller (for administrators: of all) that reach most of the retailers in their owner''s campaigns.';
comment on column public.top_templates_coverage.position is '1 has the widest coverage.';
comment on column public.top_templates_coverage.template_id is 'The template.';
comment on column public.top_templates_coverage.template_name is 'Its name.';
comment on column public.top_templates_coverage.template_type is 'Its type.';
comment on column public.top_templates_coverage.brand_id is 'Its owner.';
comment on column public.top_templates_coverage.usage_count is 'E-mail and SMS campaigns made from it.';
comment on column public.top_templates_coverage.retailers_reached is 'Retailers that used it.';
comment on column public.top_templates_coverage.retailers_total is 'Retailers in its owner''s campaigns.';
comment on column public.top_templates_coverage.coverage is 'Reached in percent of total.';
comment on column public.top_templates_coverage.conversion_rate is
    'Orders credited to its e-mails, in percent of those delivered.';
revoke all on public.top_templates_coverage from public, anon, authenticated, service_role;
grant select on public.top_templates_coverage to authenticated, service_role;
