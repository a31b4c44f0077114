-- Row level security decides what is visible; the explicit filters let the planner use an index.
-- Lists continue after the cursor (at, id), newest first; limit is one row more than a page, to detect a next page.

-- part: summary
campaign_id, campaign_name, campaign_status, created_by_user_id, start_date, end_date, budget_allocated, budget_spent,
    is_open, approval, created_at, updated_at

-- part: named
select p.*, case when n.id is not null then jsonb_build_object('id', n.id, 'name', n.name) end as created_by
from page p
left join ddp.names_of(array(select distinct q.created_by_user_id from page q)) n on n.id = p.created_by_user_id
order by p.created_at desc, p.campaign_id desc

-- part: participant
campaign_id, retailer_id, participant_state, joined_at, coalesce(state_changed_at, joined_at) as state_changed_at

-- name: create_campaign
-- Creates a draft.
select * from public.create_campaign(
    %(campaign_name)s, %(campaign_description)s, %(start_date)s, %(end_date)s, %(budget_allocated)s,
    %(target_audience)s, %(campaign_settings)s, %(is_open)s, %(group_ids)s::uuid[], %(approval)s
);

-- name: list_own
-- Campaigns that the caller created.
select {summary}, jsonb_build_object('id', created_by_user_id, 'name', (select ddp.name_of_caller())) as created_by
from public.campaigns
where created_by_user_id = (select ddp.active_user_id())
    and (%(status)s::public.campaign_status is null or campaign_status = %(status)s)
    and (%(at)s::timestamptz is null or (created_at, campaign_id) < (%(at)s, %(id)s))
order by created_at desc, campaign_id desc
limit %(limit)s;

-- name: list_joined
-- Campaigns that the caller takes part in.
with page as materialized (
    select {summary} from public.campaigns
    where campaign_id in (
            select p.campaign_id from public.campaign_participants p
            where p.retailer_id = (select ddp.active_user_id()) and p.participant_state = 'accepted'
        )
        and (%(status)s::public.campaign_status is null or campaign_status = %(status)s)
        and (%(at)s::timestamptz is null or (created_at, campaign_id) < (%(at)s, %(id)s))
    order by created_at desc, campaign_id desc
    limit %(limit)s
)
{named};

-- name: list_all
-- Everything that the caller may see: every campaign for an admin, else those created or joined.
with page as materialized (
    select {summary} from public.campaigns
    where (%(status)s::public.campaign_status is null or campaign_status = %(status)s)
        and (%(at)s::timestamptz is null or (created_at, campaign_id) < (%(at)s, %(id)s))
    order by created_at desc, campaign_id desc
    limit %(limit)s
)
{named};

-- name: list_open
-- Campaigns that the calling retailer may join, without budget, audience and settings.
select
    campaign_id, campaign_name, left(campaign_description, 2000) as campaign_description, start_date, end_date,
    created_at, jsonb_build_object('id', brand_id, 'name', brand_name) as brand, is_invited
from public.find_open_campaigns(%(query)s, %(at)s, %(id)s, %(limit)s);

-- name: get_campaign
-- One campaign, if the caller may see it.
select * from public.campaigns where campaign_id = %(campaign_id)s;

-- name: update_campaign
-- Changes only the columns named in `given`; row level security limits it to the creator and admins.
update public.campaigns set
    campaign_name = case when 'campaign_name' = any (%(given)s) then %(campaign_name)s else campaign_name end,
    campaign_description = case
        when 'campaign_description' = any (%(given)s) then %(campaign_description)s else campaign_description
    end,
    start_date = case when 'start_date' = any (%(given)s) then %(start_date)s else start_date end,
    end_date = case when 'end_date' = any (%(given)s) then %(end_date)s else end_date end,
    target_audience = case when 'target_audience' = any (%(given)s) then %(target_audience)s else target_audience end,
    campaign_settings = case
        when 'campaign_settings' = any (%(given)s) then %(campaign_settings)s else campaign_settings
    end,
    is_open = case when 'is_open' = any (%(given)s) then %(is_open)s else is_open end,
    group_ids = case when 'group_ids' = any (%(given)s) then %(group_ids)s::uuid[] else group_ids end,
    approval = case when 'approval' = any (%(given)s) then %(approval)s::public.approval_rule else approval end
where campaign_id = %(campaign_id)s
returning *;

-- name: set_status
-- Moves a campaign to another status, and resumes its sends if it was paused.
select * from public.set_campaign_status(%(campaign_id)s, %(campaign_status)s);

-- name: set_budget
-- Replaces the allocated budget.
select * from public.set_campaign_budget(%(campaign_id)s, %(budget_allocated)s);

-- name: add_expense
-- Records an expense and returns the new sum.
select public.update_campaign_budget_spent(%(campaign_id)s, %(amount)s, %(description)s) as budget_spent;

-- name: list_expenses
-- For the creator and admins; row level security returns no rows to others.
select expense_id, campaign_id, amount, description, created_by_user_id, created_at
from public.campaign_expenses
where campaign_id = %(campaign_id)s
    and (%(at)s::timestamptz is null or (created_at, expense_id) < (%(at)s, %(id)s))
order by created_at desc, expense_id desc
limit %(limit)s;

-- name: join
-- The calling retailer joins an open campaign, or accepts an invitation; harmless when repeated.
select public.join_campaign(%(campaign_id)s), (select ddp.active_user_id()) as retailer_id;

-- name: leave
-- The calling retailer leaves a campaign, or declines an invitation.
select public.leave_campaign(%(campaign_id)s), (select ddp.active_user_id()) as retailer_id;

-- name: invite_participant
-- The creator invites a retailer; harmless when repeated.
select public.add_campaign_participant(%(campaign_id)s, %(retailer_id)s);

-- name: remove_participant
-- The creator removes a retailer, or withdraws its invitation.
select public.remove_campaign_participant(%(campaign_id)s, %(retailer_id)s);

-- name: participation
-- One retailer's part in a campaign.
select {participant} from public.campaign_participants
where campaign_id = %(campaign_id)s and retailer_id = %(retailer_id)s;

-- name: list_participants
-- All participants for the creator and admins; a retailer sees only itself.
select {participant} from public.campaign_participants
where campaign_id = %(campaign_id)s
    and (%(status)s::public.participant_state is null or participant_state = %(status)s)
    and (%(at)s::timestamptz is null or (joined_at, retailer_id) < (%(at)s, %(id)s))
order by joined_at desc, retailer_id desc
limit %(limit)s;
