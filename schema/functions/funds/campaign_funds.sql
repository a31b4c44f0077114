-- requires: functions/visible_campaign.sql, functions/notices.sql, policies/campaign_funds.sql, policies/fund_claims.sql
-- What a brand sets aside for a retailer. Whoever changes a fund, or claims from it, updates its row first and adds up its claims
-- in the next statement, which sees what others committed meanwhile. Above READ COMMITTED the update itself is refused, where a
-- mere lock would let an old sum through.

create or replace function ddp.claimed_of_fund(p_fund_id uuid) returns numeric
    language sql stable
    set search_path = ''
as $$
    select coalesce(sum(c.amount), 0) from public.fund_claims c
    where c.fund_id = p_fund_id and c.state in ('requested', 'approved', 'paid')
$$;
comment on function ddp.claimed_of_fund(uuid) is 'What the claims of a fund come to that are requested, approved or paid.';

create or replace function ddp.check_fund(p_allotment numeric, p_share_percent numeric) returns void
    language plpgsql
    set search_path = ''
as $$
begin
    perform ddp.require(
        p_allotment between 0 and 9999999999.99 and p_allotment = round(p_allotment, 2), 'PT422',
        'An allotment is at least 0, and has at most ten digits and two decimals.', '{"code": "invalid-amount"}'
    );
    perform ddp.require(
        p_share_percent > 0 and p_share_percent <= 100 and p_share_percent = round(p_share_percent, 2), 'PT422',
        'A share is above 0 and at most 100 percent, with at most two decimals.', '{"code": "invalid-share"}'
    );
end
$$;
comment on function ddp.check_fund(numeric, numeric) is 'PT422 unless a fund may have this allotment and share.';

create or replace function public.set_campaign_fund(
    p_campaign_id uuid, p_retailer_id uuid, p_allotment numeric, p_share_percent numeric
) returns public.campaign_funds
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_campaign constant public.campaigns := ddp.lock_own_campaign(p_campaign_id);
    v_fund public.campaign_funds;
    v_claimed numeric;
begin
    perform ddp.require_owner();
    perform ddp.check_fund(p_allotment, p_share_percent);
    update public.campaign_funds f set allotment = p_allotment, share_percent = p_share_percent
    where f.campaign_id = p_campaign_id and f.retailer_id = p_retailer_id
    returning f.* into v_fund;
    if not found then
        perform ddp.require(
            exists (
                select from public.campaign_participants p
                where p.campaign_id = p_campaign_id and p.retailer_id = p_retailer_id and p.participant_state = 'accepted'
            ),
            'PT404', 'This retailer does not take part in the campaign.', '{"code": "user-not-found"}'
        );
        -- Nobody else does the same meanwhile: the campaign is locked.
        insert into public.campaign_funds (campaign_id, retailer_id, campaign_owner_id, allotment, share_percent)
        values (p_campaign_id, p_retailer_id, v_campaign.created_by_user_id, p_allotment, p_share_percent)
        returning * into v_fund;
    end if;
    v_claimed := ddp.claimed_of_fund(v_fund.fund_id);
    perform ddp.require(
        p_allotment >= v_claimed, 'PT409',
        format('%s is claimed already: the allotment cannot be lower, unless you refuse claims.', v_claimed),
        jsonb_build_object('code', 'allotment-below-claims', 'claimed', v_claimed)
    );
    perform ddp.add_notices(jsonb_build_array(jsonb_build_object(
        'user_id', p_retailer_id, 'cause', 'campaign-fund-set', 'subject_type', 'campaign_fund', 'subject_id', v_fund.fund_id,
        'detail', jsonb_build_object('campaign_id', p_campaign_id)
    )));
    return v_fund;
end
$$;
comment on function public.set_campaign_fund(uuid, uuid, numeric, numeric) is
    'Sets what a retailer that takes part in a campaign may claim in all, and which share of a cost (in percent) the brand pays. '
    'PT409 with what is claimed already if that is more. For owners of the account that created the campaign, and administrators.';

revoke all on function
    ddp.claimed_of_fund(uuid), ddp.check_fund(numeric, numeric), public.set_campaign_fund(uuid, uuid, numeric, numeric)
    from public, anon, authenticated, service_role;
grant execute on function public.set_campaign_fund(uuid, uuid, numeric, numeric) to authenticated;
