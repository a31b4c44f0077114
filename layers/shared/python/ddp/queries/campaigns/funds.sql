-- Co-op funds and claims. Row level security decides what is visible; the filters let the planner use an index.

-- name: list_funds
-- Funds that the caller sees, newest first, each with what its claims come to.
with page as materialized (
    select f.*
    from public.campaign_funds f
    where (%(campaign_id)s::uuid is null or f.campaign_id = %(campaign_id)s)
        and (%(retailer_id)s::uuid is null or f.retailer_id = %(retailer_id)s)
        and (%(at)s::timestamptz is null or (created_at, fund_id) < (%(at)s, %(id)s))
    order by f.created_at desc, f.fund_id desc
    limit %(limit)s
)
select p.*, k.campaign_name, s.requested, s.approved, s.paid, p.allotment - s.requested - s.approved - s.paid as remaining
from page p
left join public.campaigns k on k.campaign_id = p.campaign_id
cross join lateral (
    select
        coalesce(sum(c.amount) filter (where c.state = 'requested'), 0.00) as requested,
        coalesce(sum(c.amount) filter (where c.state = 'approved'), 0.00) as approved,
        coalesce(sum(c.amount) filter (where c.state = 'paid'), 0.00) as paid
    from public.fund_claims c
    where c.fund_id = p.fund_id
) s
order by p.created_at desc, p.fund_id desc;

-- name: get_fund
-- One fund, as the list has it.
select f.*, k.campaign_name, s.requested, s.approved, s.paid, f.allotment - s.requested - s.approved - s.paid as remaining
from public.campaign_funds f
left join public.campaigns k on k.campaign_id = f.campaign_id
cross join lateral (
    select
        coalesce(sum(c.amount) filter (where c.state = 'requested'), 0.00) as requested,
        coalesce(sum(c.amount) filter (where c.state = 'approved'), 0.00) as approved,
        coalesce(sum(c.amount) filter (where c.state = 'paid'), 0.00) as paid
    from public.fund_claims c
    where c.fund_id = f.fund_id
) s
where f.fund_id = %(fund_id)s;

-- name: set_fund
-- Sets what a retailer may claim in a campaign.
select fund_id from public.set_campaign_fund(%(campaign_id)s, %(retailer_id)s, %(allotment)s, %(share_percent)s);

-- name: list_claims
-- Claims that the caller sees, newest first.
with page as materialized (
    select c.*
    from public.fund_claims c
    where (%(campaign_id)s::uuid is null or c.campaign_id = %(campaign_id)s)
        and (%(retailer_id)s::uuid is null or c.retailer_id = %(retailer_id)s)
        and (%(state)s::public.fund_claim_state is null or c.state = %(state)s)
        and (%(at)s::timestamptz is null or (created_at, claim_id) < (%(at)s, %(id)s))
    order by c.created_at desc, c.claim_id desc
    limit %(limit)s
)
select p.*, array(select f.file_id from public.fund_claim_files f where f.claim_id = p.claim_id order by f.file_id) as file_ids
from page p
order by p.created_at desc, p.claim_id desc;

-- name: get_claim
-- One claim, as the list has it.
select c.*, array(select f.file_id from public.fund_claim_files f where f.claim_id = c.claim_id order by f.file_id) as file_ids
from public.fund_claims c
where c.claim_id = %(claim_id)s;

-- name: request_claim
-- Claims a share of a cost.
select claim_id from public.request_fund_claim(
    %(campaign_id)s, %(cost)s, %(covers)s, %(description)s, %(file_ids)s::uuid[]
);

-- name: approve_claim
-- Books the claim as an expense.
select claim_id from public.approve_fund_claim(%(claim_id)s);

-- name: refuse_claim
-- Refuses the claim with a reason.
select claim_id from public.refuse_fund_claim(%(claim_id)s, %(reason)s);

-- name: pay_claim
-- Notes that the claim was paid.
select claim_id from public.pay_fund_claim(%(claim_id)s);

-- name: withdraw_claim
-- Takes an own claim back.
select claim_id from public.withdraw_fund_claim(%(claim_id)s);
