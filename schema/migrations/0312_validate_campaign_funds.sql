-- statement_timeout: 1h
-- Checks that the rows of before comply with 0310, without keeping writers out.

alter table public.campaign_expenses validate constraint campaign_expenses_fund_claim_fkey;
