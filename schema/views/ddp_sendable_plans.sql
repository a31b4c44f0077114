-- requires: policies/sending.sql, policies/send_plans.sql, policies/campaigns.sql, policies/senders.sql
-- Which plans may be sent now, in one place: claims, hints and reconciliation ask here.

create or replace view ddp.sendable_plans with (security_invoker = true) as
select p.send_plan_id, p.channel, p.created_by_user_id
from public.send_plans p
join public.campaigns c on c.campaign_id = p.campaign_id
left join public.senders s on s.user_id = p.created_by_user_id and s.channel = p.channel
where p.completed_at is null and p.cancelled_at is null and p.failed_at is null and p.paused_at is null
    and (p.planned_at is not null or not p.starts_when_planned)
    and c.campaign_status = 'active'
    and s.paused_at is null
    and (p.channel = 'email' or not exists (
        select from ddp.budgets b
        where b.scope = 'send_plan' and b.owner_id = p.send_plan_id and b.period = '' and b.exhausted_at is not null
    ));
comment on view ddp.sendable_plans is
    'Open plans that nothing pauses: not the sender, not the campaign, not the platform, no budget. Those that start when they are '
    'planned appear once they are.';

revoke all on ddp.sendable_plans from public, anon, authenticated, service_role;
grant select on ddp.sendable_plans to service_role;
