-- requires: functions/request_fund_claim.sql, policies/campaign_expenses.sql
-- What becomes of a claim. Whoever decides locks the claim, so that of two decisions one waits for the other and finds it decided;
-- who approves locks the campaign before it, as all who book expenses do.

create or replace function ddp.lock_fund_claim(p_claim_id uuid, p_as_retailer boolean) returns public.fund_claims
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_user_id constant uuid := ddp.require_owner();
    v_is_admin constant boolean := ddp.active_user_type() = 'admin';
    v_claim public.fund_claims;
begin
    select c.* into v_claim from public.fund_claims c
    where c.claim_id = p_claim_id and (v_user_id in (c.retailer_id, c.campaign_owner_id) or v_is_admin);
    perform ddp.require(found, 'PT404', 'There is no such claim.', '{"code": "claim-not-found"}');
    perform ddp.require(
        case when p_as_retailer then v_claim.retailer_id = v_user_id else v_claim.campaign_owner_id = v_user_id or v_is_admin end,
        'PT403', case when p_as_retailer then 'Only the retailer that claims may do that.' else 'Only the brand may do that.' end,
        '{"code": "not-owner"}'
    );
    perform from public.campaigns c where c.campaign_id = v_claim.campaign_id for no key update;
    select c.* into strict v_claim from public.fund_claims c where c.claim_id = p_claim_id for no key update;
    return v_claim;
end
$$;
comment on function ddp.lock_fund_claim(uuid, boolean) is
    'A claim that the acting account may decide as the retailer, or as the brand (or an administrator), locked; PT404 or PT403.';

create or replace function ddp.set_fund_claim(
    p_claim public.fund_claims, p_from public.fund_claim_state, p_to public.fund_claim_state, p_reason text default null
) returns public.fund_claims
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_claim public.fund_claims;
begin
    if p_claim.state = p_to and p_claim.reason is not distinct from p_reason then
        return p_claim;
    end if;
    perform ddp.require(
        p_claim.state = p_from, 'PT409', format('A claim that is %s cannot become %s.', p_claim.state, p_to),
        jsonb_build_object('code', 'wrong-state', 'state', p_claim.state)
    );
    update public.fund_claims c
    set state = p_to, reason = p_reason, decided_at = coalesce(c.decided_at, now()),
        paid_at = case when p_to = 'paid' then now() end
    where c.claim_id = p_claim.claim_id
    returning c.* into v_claim;
    if p_to in ('refused', 'withdrawn') then
        delete from public.fund_claim_files f where f.claim_id = p_claim.claim_id;
    end if;
    perform ddp.note_fund_claim(v_claim);
    return v_claim;
end
$$;
comment on function ddp.set_fund_claim(public.fund_claims, public.fund_claim_state, public.fund_claim_state, text) is
    'Moves a locked claim from one state to another, and tells the other side; PT409 if it is in a third. One that is already there stays '
    'as it is. A claim that ends without money lets its files go.';

create or replace function public.approve_fund_claim(p_claim_id uuid) returns public.fund_claims
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_claim public.fund_claims := ddp.lock_fund_claim(p_claim_id, p_as_retailer => false);
begin
    if v_claim.state = 'approved' then
        return v_claim;
    end if;
    v_claim := ddp.set_fund_claim(v_claim, 'requested', 'approved');
    perform ddp.require(
        (select c.budget_spent from public.campaigns c where c.campaign_id = v_claim.campaign_id) + v_claim.amount <= 9999999999.99,
        'PT409', 'The campaign''s expenses would pass 9,999,999,999.99.', '{"code": "invalid-amount"}'
    );
    -- By the retailer whose cost it is, as expenses of its messages are: so the ROI puts it down to that retailer.
    insert into public.campaign_expenses (campaign_id, amount, description, created_by_user_id, fund_claim_id, is_reimbursement)
    values (
        v_claim.campaign_id, v_claim.amount, 'Co-op claim', v_claim.retailer_id, v_claim.claim_id, v_claim.covers = 'messages'
    );
    return v_claim;
end
$$;
comment on function public.approve_fund_claim(uuid) is
    'Approves a claim, and books its amount as one expense of the campaign. An approved one stays as it is. For owners of the account '
    'that created the campaign, and administrators.';

create or replace function public.refuse_fund_claim(p_claim_id uuid, p_reason text) returns public.fund_claims
    language plpgsql volatile security definer
    set search_path = ''
as $$
declare
    v_claim public.fund_claims := ddp.lock_fund_claim(p_claim_id, p_as_retailer => false);
begin
    perform ddp.require(
        length(p_reason) <= 500 and btrim(p_reason) <> '', 'PT422', 'Say why, in 1 to 500 characters: the retailer reads it.',
        '{"code": "invalid-reason"}'
    );
    return ddp.set_fund_claim(v_claim, 'requested', 'refused', p_reason);
end
$$;
comment on function public.refuse_fund_claim(uuid, text) is
    'Refuses a claim, with the reason that the retailer reads; its files are no longer shown to the brand. One refused for the same '
    'reason stays as it is. For owners of the account that created the campaign, and administrators.';

create or replace function public.pay_fund_claim(p_claim_id uuid) returns public.fund_claims
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    return ddp.set_fund_claim(ddp.lock_fund_claim(p_claim_id, p_as_retailer => false), 'approved', 'paid');
end
$$;
comment on function public.pay_fund_claim(uuid) is
    'Notes that an approved claim was paid; that changes no sum. A paid one stays as it is. For owners of the account that created '
    'the campaign, and administrators.';

create or replace function public.withdraw_fund_claim(p_claim_id uuid) returns public.fund_claims
    language plpgsql volatile security definer
    set search_path = ''
as $$
begin
    return ddp.set_fund_claim(ddp.lock_fund_claim(p_claim_id, p_as_retailer => true), 'requested', 'withdrawn');
end
$$;
comment on function public.withdraw_fund_claim(uuid) is
    'Takes back an own claim that nobody has decided; its files are no longer shown to the brand. A withdrawn one stays as it is. For '
    'owners of the retailer''s account.';

revoke all on function
    ddp.lock_fund_claim(uuid, boolean),
    ddp.set_fund_claim(public.fund_claims, public.fund_claim_state, public.fund_claim_state, text),
    public.approve_fund_claim(uuid), public.refuse_fund_claim(uuid, text), public.pay_fund_claim(uuid),
    public.withdraw_fund_claim(uuid)
    from public, anon, authenticated, service_role;
grant execute on function
    public.approve_fund_claim(uuid), public.refuse_fund_claim(uuid, text), public.pay_fund_claim(uuid),
    public.withdraw_fund_claim(uuid)
    to authenticated;
