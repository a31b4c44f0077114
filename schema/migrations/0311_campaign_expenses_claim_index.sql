-- transaction: none
-- A claim is booked once.
create unique index concurrently if not exists campaign_expenses_fund_claim_key on public.campaign_expenses (fund_claim_id) where fund_claim_id is not null;
