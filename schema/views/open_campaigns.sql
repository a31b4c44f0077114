-- requires: functions/active_user.sql, policies/campaigns.sql, policies/campaign_participants.sql
-- What a retailer may join, by join_campaign(): the policy on `campaigns` shows a campaign, with its budget and audience,
-- only to who takes part. The private view runs with its owner's rights and shows what its own conditions leave.

create or replace view ddp.open_campaigns_of_caller with (security_barrier = true) as
select
    c.campaign_id, c.campaign_name, c.campaign_description, c.start_date, c.end_date, c.created_at,
    b.user_id as brand_id, b.user_name as brand_name, c.is_invited
from (
    select o.*, false as is_invited
    from public.campaigns o
    where o.is_open and o.campaign_status = 'active'
        and not exists (
            select from public.campaign_participants p
            where p.campaign_id = o.campaign_id and p.retailer_id = (select ddp.active_user_id())
                and p.participant_state <> 'left'
        )
    union all
    select i.*, true
    from public.campaign_participants p
    join public.campaigns i on i.campaign_id = p.campaign_id
    where p.retailer_id = (select ddp.active_user_id()) and p.participant_state = 'invited'
        and i.campaign_status in ('draft', 'active', 'paused')
) c
join public.users b on b.user_id = c.created_by_user_id and b.is_active
where (c.end_date is null or c.end_date > now()) and (select ddp.active_user_type()) = 'retailer';
comment on view ddp.open_campaigns_of_caller is 'Campaigns that the acting retailer may join.';
revoke all on ddp.open_campaigns_of_caller from public, anon, authenticated, service_role;
grant select on ddp.open_campaigns_of_caller to authenticated;

create or replace view public.open_campaigns with (security_invoker = true) as
select
    o.campaign_id, o.campaign_name, o.campaign_description, o.start_date, o.end_date, o.created_at, o.brand_id,
    o.brand_name, o.is_invited
from ddp.open_campaigns_of_caller o;
comment on view public.open_campaigns is
    'Campaigns that the acting retailer may join: active ones that are open to all, and those that it is invited to.';
comment on column public.open_campaigns.campaign_id is 'For join_campaign().';
comment on column public.open_campaigns.campaign_name is 'Its name.';
comment on column public.open_campaigns.campaign_description is 'Its description.';
comment on column public.open_campaigns.start_date is 'When it starts.';
comment on column public.open_campaigns.end_date is 'When it ends: in the future, or never.';
comment on column public.open_campaigns.created_at is 'When it was created.';
comment on column public.open_campaigns.brand_id is 'The brand.';
comment on column public.open_campaigns.brand_name is 'The brand''s name.';
comment on column public.open_campaigns.is_invited is 'Whether its creator invited the retailer.';
revoke all on public.open_campaigns from public, anon, authenticated, service_role;
grant select on public.open_campaigns to authenticated;
