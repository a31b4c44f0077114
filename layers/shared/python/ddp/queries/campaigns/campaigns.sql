-- Row level security decides what is visible; the explicit filters let an index answer under it.

-- name: create_campaign
select * from public.create_campaign(
    %(campaign_name)s, %(campaign_description)s, %(start_date)s, %(end_date)s, %(budget_allocated)s,
    %(target_audience)s, %(campaign_settings)s, %(is_open)s
);

-- name: list_own
select * from public.campaigns
where created_by_user_id = (select auth.uid())
    and (%(status)s::public.campaign_status is null or campaign_status = %(status)s)
    and (%(at)s::timestamptz is null or (created_at, campaign_id) < (%(at)s, %(id)s))
order by created_at desc, campaign_id desc
limit %(limit)s;

-- name: list_joined
select c.* from public.campaigns c
where c.campaign_id in (
        select p.campaign_id from public.campaign_participants p where p.retailer_id = (select auth.uid())
    )
    and (%(status)s::public.campaign_status is null or c.campaign_status = %(status)s)
    and (%(at)s::timestamptz is null or (c.created_at, c.campaign_id) < (%(at)s, %(id)s))
order by c.created_at desc, c.campaign_id desc
limit %(limit)s;

-- name: list_all
-- For administrators; for others it is what they created and what they joined.
select * from public.campaigns
where (%(status)s::public.campaign_status is null or campaign_status = %(status)s)
    and (%(at)s::timestamptz is null or (created_at, campaign_id) < (%(at)s, %(id)s))
order by created_at desc, campaign_id desc
limit %(limit)s;

-- name: get_campaign
select * from public.campaigns where campaign_id = %(campaign_id)s;

-- name: update_campaign
-- Only the members named in `given`; row level security says whose campaigns can be changed.
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
    is_open = case when 'is_open' = any (%(given)s) then %(is_open)s else is_open end
where campaign_id = %(campaign_id)s
returning *;

-- name: set_status
select * from public.set_campaign_status(%(campaign_id)s, %(campaign_status)s);

-- name: set_budget
select * from public.set_campaign_budget(%(campaign_id)s, %(budget_allocated)s);

-- name: add_expense
select public.update_campaign_budget_spent(%(campaign_id)s, %(amount)s, %(description)s) as budget_spent;

-- name: list_expenses
select expense_id, campaign_id, amount, description, created_by_user_id, created_at
from public.campaign_expenses
where campaign_id = %(campaign_id)s
    and (%(at)s::timestamptz is null or (created_at, expense_id) < (%(at)s, %(id)s))
order by created_at desc, expense_id desc
limit %(limit)s;

-- name: join
select public.join_campaign(%(campaign_id)s), (select auth.uid()) as retailer_id;

-- name: leave
select public.leave_campaign(%(campaign_id)s), (select auth.uid()) as retailer_id;

-- name: add_participant
select public.add_campaign_participant(%(campaign_id)s, %(retailer_id)s);

-- name: remove_participant
select public.remove_campaign_participant(%(campaign_id)s, %(retailer_id)s);

-- name: list_participants
select campaign_id, retailer_id, joined_at from public.campaign_participants
where campaign_id = %(campaign_id)s
    and (%(at)s::timestamptz is null or (joined_at, retailer_id) < (%(at)s, %(id)s))
order by joined_at desc, retailer_id desc
limit %(limit)s;
