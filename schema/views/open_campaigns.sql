-- requires: functions/active_user.sql, functions/groups_of_caller.sql, policies/campaigns.sql, policies/campaign_participants.sql
-- What a retailer may join, by join_campaign(): the policy on `campaigns` shows a campaign, with its budget and audience,
-- only to who takes part. The private views run with their owner's rights and show what their own conditions leave. The
-- first two are for nobody but the third and find_open_campaigns(), which reads each in the order of an index.

create or replace view ddp.campaigns_open_to_all as
select
    c.campaign_id, c.campaign_name, c.campaign_description, c.start_date, c.end_date, c.created_at,
    b.user_id as brand_id, b.user_name as brand_name, false as is_invited
from public.campaigns c
join public.users b on b.user_id = c.created_by_user_id and b.is_active
where c.is_open and c.campaign_status = 'active' and (c.end_date is null or c.end_date > now())
    -- An array, and not a join, which would have to read all open campaigns first.
    and c.campaign_id <> all (array(
        select p.campaign_id from public.campaign_participants p
        where p.retailer_id = (select ddp.active_user_id()) and p.participant_state <> 'left'
    ))
    and (c.group_ids is null or c.group_ids && (select ddp.groups_of_caller()))
    and (select ddp.active_user_type()) = 'retailer';
comment on view ddp.campaigns_open_to_all is
    'Active campaigns that are open to the acting retailer, and in which it takes no part.';

create or replace view ddp.campaigns_by_invitation as
select
    c.campaign_id, c.campaign_name, c.campaign_description, c.start_date, c.end_date, c.created_at,
    b.user_id as brand_id, b.user_name as brand_name, true as is_invited
from public.campaign_participants p
join public.campaigns c on c.campaign_id = p.campaign_id
join public.users b on b.user_id = c.created_by_user_id and b.is_active
where p.retailer_id = (select ddp.active_user_id()) and p.participant_state = 'invited'
    and c.campaign_status in ('draft', 'active', 'paused') and (c.end_date is null or c.end_date > now())
    and (select ddp.active_user_type()) = 'retailer';
comment on view ddp.campaigns_by_invitation is 'Campaigns that the acting retailer is invited to.';

create or replace view ddp.open_campaigns_of_caller with (security_barrier = true) as
select
    o.campaign_id, o.campaign_name, o.campaign_description, o.start_date, o.end_date, o.created_at, o.brand_id,
    o.brand_name, o.is_invited
from ddp.campaigns_open_to_all o
union all
select
    i.campaign_id, i.campaign_name, i.campaign_description, i.start_date, i.end_date, i.created_at, i.brand_id,
    i.brand_name, i.is_invited
from ddp.campaigns_by_invitation i;
comment on view ddp.open_campaigns_of_caller is 'Campaigns that the acting retailer may join.';
revoke all on ddp.campaigns_open_to_all, ddp.campaigns_by_invitation, ddp.open_campaigns_of_caller
    from public, anon, authenticated, service_role;
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
