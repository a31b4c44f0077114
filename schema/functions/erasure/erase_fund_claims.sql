-- requires: functions/require.sql, policies/fund_claims.sql, policies/fund_claim_files.sql
-- Claims are records of money, for two sides: amounts, states, times and numbers stay. What the person wrote goes, and so do the
-- files that prove the person's claims.

create or replace function ddp.erase_fund_claims(p_user_id uuid, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = ''
as $$
declare
    v_files constant uuid[] := array(
        select distinct p.file_id from public.fund_claim_files p where p.retailer_id = p_user_id limit p_limit
    );
    v_claims bigint;
begin
    -- To the trash, from which the next cleanups take them for good.
    update public.files f set deleted_at = now() where f.file_id = any (v_files) and f.deleted_at is null;
    delete from public.fund_claim_files p where p.retailer_id = p_user_id and p.file_id = any (v_files);
    update public.fund_claims c
    set description = case when c.retailer_id <> p_user_id then c.description end,
        reason = case when c.campaign_owner_id <> p_user_id then c.reason end
    where c.claim_id = any (array(
        select o.claim_id from public.fund_claims o where o.retailer_id = p_user_id and o.description is not null
        union
        select o.claim_id from public.fund_claims o where o.campaign_owner_id = p_user_id and o.reason is not null
        limit p_limit
    ));
    get diagnostics v_claims = row_count;
    return v_claims + cardinality(v_files);
end
$$;
comment on function ddp.erase_fund_claims(uuid, integer) is
    'Takes the words of a user from claims of co-op funds, and puts the files that prove the user''s claims into the trash; returns '
    'how many. Amounts, states and times stay.';
revoke all on function ddp.erase_fund_claims(uuid, integer) from public, anon, authenticated, service_role;
