-- transaction: none
-- What participants' sends cost is not on the campaign's budget: each claim of its creator's messages sums it up, from the index alone.
create index concurrently if not exists campaign_expenses_sends_idx
    on public.campaign_expenses (campaign_id, created_by_user_id) include (amount) where send_plan_id is not null;
